import { foldRun, type LedgerRecord } from "@abstractruntime/core/store";
import { answered, begun, completed, ended, moved, waiting } from "../fixtures/drafts.ts";
import { newEvent, newLease } from "../fixtures/messages.ts";
import { newFork } from "../fixtures/new-fork.ts";
import { newRun } from "../fixtures/new-run.ts";
import { nextChange } from "../fixtures/next-change.ts";
import { unique } from "../fixtures/unique.ts";
import { atOnce, endOf, readRun, type StoreWorld } from "./store-world.ts";
import type { Theme } from "./theme.ts";

/** A run of five commits and eleven records, the last of which waits. */
async function history({ start, commit, store }: StoreWorld): Promise<{
  readonly runId: string;
  readonly records: readonly LedgerRecord[];
}> {
  let read = await start({ vars: { n: 0 }, actorId: "ann", parentRunId: "family" });
  read = await commit(read, { records: [moved({ n: 1 }), begun(1)] });
  read = await commit(read, { records: [completed(1, "one"), moved({ n: 2 }), begun(2)] });
  read = await commit(read, { records: [completed(2, "two"), moved({ m: 1 }), moved({ n: 3 })] });
  await commit(read, { records: [waiting()] });
  const { runId } = read.run;
  return { runId, records: await store.records(runId) };
}

/** Places to fork at: the beginning, ends of commits, and inside of commits. */
const places = [1, 2, 3, 5, 6, 8, 9, 11];

export const forkTheme: Theme = {
  title: "a fork",
  cases: (it, expect) => {
    for (const seq of places)
      it(`begins with ${seq} records of another run, to the letter`, async (world) => {
        const { store } = world;
        const { runId, records } = await history(world);
        const given = newFork(runId, records.slice(0, seq), { vars: { mine: true } });
        const { created, stored } = await store.create(given);
        expect([created, stored.run]).toEqual([true, given.run]);
        const forkId = given.run.runId;
        expect(await store.load(forkId)).toEqual(stored);
        const ledger = await store.records(forkId);
        expect(ledger.slice(0, seq)).toEqual(records.slice(0, seq));
        expect(ledger.map(({ seq: number }) => number)).toEqual(ledger.map((_, at) => at + 1));
        expect(ledger.slice(seq)).toEqual(given.records);
        const texts = await store.recordTexts(forkId);
        expect(texts.slice(0, seq)).toEqual(await store.recordTexts(runId, { limit: seq }));
        expect(foldRun(ledger)).toEqual(stored.run);
      });

    it("gives its records in parts, across the place where its own begin", async (world) => {
      const { store } = world;
      const { runId, records } = await history(world);
      const given = newFork(runId, records.slice(0, 5), { records: [moved(), moved()] });
      await store.create(given);
      const forkId = given.run.runId;
      const all = await store.records(forkId);
      const texts = await store.recordTexts(forkId);
      for (const [after, limit] of [
        [0, 2],
        [2, 2],
        [4, 2],
        [5, 1],
        [6, 5],
      ] as const) {
        expect(await store.records(forkId, { after, limit })).toEqual(
          all.slice(after, after + limit),
        );
        expect(await store.recordTexts(forkId, { after, limit })).toEqual(
          texts.slice(after, after + limit),
        );
      }
    });

    it("touches nothing of its origin, held or not", async (world) => {
      const { store } = world;
      const { runId, records } = await history(world);
      await store.deliver(runId, newEvent());
      const [claimed] = (
        await store.claimDue({
          owner: "o",
          leaseMs: 30_000,
          limit: 1,
          leaseIds: ["l"],
          runIds: [runId],
        })
      ).runs;
      const texts = await store.recordTexts(runId);
      const given = newFork(runId, records);
      await store.create(given);
      const fork = await world.read(given.run.runId);
      await world.commit(fork, { records: [moved({ n: 99 })] });
      expect(await store.load(runId)).toEqual(claimed);
      expect(await store.recordTexts(runId)).toEqual(texts);
      expect(await store.readInbox(fork.run.runId)).toEqual([]);
      expect((await store.listChildren("family")).items.map(({ run }) => run.runId)).toEqual([
        runId,
      ]);
    });

    it("goes on as any run: commits, waits, messages, its end", async (world) => {
      const { store } = world;
      const { runId, records } = await history(world);
      const given = newFork(runId, records.slice(0, 6), { wakeAt: world.in(0) });
      const { run } = (await store.create(given)).stored;
      expect(await world.claim({ runIds: [run.runId] })).toEqual([run.runId]);
      let read = await world.commit(await world.read(run.runId), {
        records: [begun(3), waiting({ reason: "event", waitKeys: ["k"] })],
      });
      const message = newEvent("k");
      await store.deliver(run.runId, message);
      const wait = read.run.waiting;
      if (wait === null) throw new TypeError("it does not wait");
      read = await world.commit(await world.read(run.runId), {
        records: [answered(wait, message, "said")],
        consumed: [message.messageId],
      });
      read = await world.commit(read, { records: [ended("done")] });
      expect([read.run.status, read.run.output]).toEqual(["completed", "done"]);
      const ledger = await store.records(run.runId);
      expect(ledger.slice(6).map(({ runId: owner }) => owner)).toEqual(
        ledger.slice(6).map(() => run.runId),
      );
      expect(foldRun(ledger)).toEqual(read.run);
      expect((await readRun(store, runId)).run.seq).toBe(11);
    });

    it("takes a message that its origin has consumed before", async (world) => {
      const { store, start, commit, read } = world;
      const { run } = await start();
      const message = newEvent();
      await store.deliver(run.runId, message);
      await commit(await read(run.runId), { consumed: [message.messageId] });
      const fork = newFork(run.runId, await store.records(run.runId));
      await store.create(fork);
      expect(await store.deliver(fork.run.runId, message)).toBe("accepted");
    });

    it("may be forked itself, before and after the place where its own records begin", async (world) => {
      const { store } = world;
      const { runId, records } = await history(world);
      const first = newFork(runId, records.slice(0, 5));
      const { stored } = await store.create(first);
      await world.commit(stored, { records: [moved({ k: 1 }), moved({ k: 2 })] });
      const ledger = await store.records(first.run.runId);
      for (const seq of [3, 5, 6, 7, 8]) {
        const given = newFork(first.run.runId, ledger.slice(0, seq));
        const second = (await store.create(given)).stored.run;
        const own = await store.records(second.runId);
        expect(own.slice(0, seq)).toEqual(ledger.slice(0, seq));
        expect(foldRun(own)).toEqual(second);
      }
    });

    it("outlives its origin", async (world) => {
      const { store, start, commit } = world;
      const began = await start({ vars: { text: "x".repeat(500) } });
      const { run } = await commit(began, { records: [moved({ list: ["y".repeat(500)] })] });
      const given = newFork(run.runId, await store.records(run.runId));
      await store.create(given);
      const forkId = given.run.runId;
      const before = [await store.records(forkId), await store.recordTexts(forkId)];
      await commit(await readRun(store, run.runId), { records: [ended()] });
      await store.purge({ endedBefore: world.in(86_400_000) });
      expect(await store.load(run.runId)).toBe(undefined);
      expect([await store.records(forkId), await store.recordTexts(forkId)]).toEqual(before);
      expect((await readRun(store, forkId)).run).toEqual(given.run);
      const next = await commit(await readRun(store, forkId), { records: [moved({ on: 1 })] });
      expect(next.run.vars).toEqual({ ...given.run.vars, on: 1 });
    });

    it("may begin with an adopted state of its origin instead of records", async (world) => {
      const { run: origin } = newRun({ vars: { old: 1 } });
      const [at, commitId] = [world.in(0), unique("commit")];
      const adopted: LedgerRecord = {
        kind: "adopted",
        run: { ...origin, revision: 0, seq: 0 },
        runId: origin.runId,
        seq: 1,
        revision: 1,
        commitId,
        last: false,
        nodeId: origin.currentNode,
        startedAt: at,
        endedAt: at,
        actorId: null,
        sessionId: null,
      };
      const given = newFork(origin.runId, [adopted], { commitId });
      const { copyOf: _copyOf, ...rest } = given;
      const [forked] = given.records;
      if (forked === undefined) throw new TypeError("it has no records");
      const records = [adopted, { ...forked, revision: 1 }];
      const fork = { ...rest, records, run: { ...given.run, revision: 1 } };
      const { stored } = await world.store.create(fork);
      expect(stored.run).toEqual(foldRun(records));
      expect(await world.store.records(stored.run.runId)).toEqual(records);
      expect((await world.commit(stored, { records: [moved({ n: 1 })] })).run.vars).toEqual({
        old: 1,
        n: 1,
      });
    });

    it("counts as made when it is sent again, also after it went on", async (world) => {
      const { store } = world;
      const { runId, records } = await history(world);
      const given = newFork(runId, records.slice(0, 3));
      const { stored } = await store.create(given);
      expect((await store.create(given)).created).toBe(true);
      await world.commit(stored);
      const again = await store.create(given);
      expect([again.created, again.stored.run.revision]).toEqual([true, given.run.revision + 1]);
      expect((await store.records(given.run.runId)).length).toBe(5);
    });

    it("finds the run that has the id instead of making another", async (world) => {
      const { store } = world;
      const { runId, records } = await history(world);
      const first = newFork(runId, records.slice(0, 3), { lease: newLease() });
      const made = await store.create(first);
      const second = newFork(runId, records.slice(0, 3), { runId: first.run.runId });
      for (const other of [second, newRun({ runId: first.run.runId })]) {
        const { created, stored } = await store.create(other);
        expect([created, stored]).toEqual([false, made.stored]);
      }
      const intoOrigin = await store.create(newFork(runId, records.slice(0, 3), { runId }));
      expect(intoOrigin.created).toBe(false);
      expect(await store.records(runId)).toEqual(records);
    });

    it("is made once when many ask at once", async (world) => {
      const { store } = world;
      const { runId, records } = await history(world);
      const forkId = unique("fork");
      const answers = await atOnce(10, (n) =>
        store.create(newFork(runId, records.slice(0, 4), { runId: forkId, vars: { n } })),
      );
      expect(answers.filter(({ created }) => created).length).toBe(1);
      const made = answers.find(({ created }) => created)?.stored.run;
      for (const { stored } of answers) expect(stored.run).toEqual(made);
      expect((await store.records(forkId)).length).toBe(5);
    });

    it("is refused, and nothing is stored, when what it copies is not there", async (world) => {
      const { store } = world;
      const { runId, records } = await history(world);
      const given = newFork(runId, records.slice(0, 4));
      const bad = [
        [{ ...given, copyOf: { runId: "nobody", seq: 4 } }, "run_not_found"],
        [{ ...given, copyOf: { runId, seq: 12 } }, "invalid_argument"],
        [{ ...given, copyOf: { runId, seq: 3 } }, "invalid_argument"],
        [{ ...given, copyOf: { runId, seq: 0 } }, "invalid_argument"],
      ] as const;
      for (const [fork, code] of bad) expect(await endOf(store.create(fork))).toBe(code);
      expect(await store.load(given.run.runId)).toBe(undefined);
      expect(await store.records(given.run.runId)).toEqual([]);
      expect((await store.create(given)).created).toBe(true);
    });

    it("copies a ledger of thousands of records in one piece", async (world) => {
      const { store, start, commit } = world;
      let read = await start();
      for (let n = 0; n < 3; n += 1)
        read = await commit(read, { records: Array.from({ length: 900 }, () => moved({ n })) });
      const given = newFork(read.run.runId, await store.records(read.run.runId));
      const { stored } = await store.create(given);
      expect(stored.run.seq).toBe(2_702);
      const last = await store.records(given.run.runId, { after: 2_700 });
      expect(last.map(({ kind }) => kind)).toEqual(["moved", "forked"]);
      const read2 = await commit(stored);
      expect(read2.run.seq).toBe(2_703);
    });

    it(
      "is there as it was when the store is opened again",
      async (world) => {
        const { store } = world;
        const { runId, records } = await history(world);
        const forks = places.map((seq) => newFork(runId, records.slice(0, seq)));
        for (const fork of forks) await store.create(fork);
        const gone = await world.commit(await world.read(forks[0]?.run.runId ?? ""), {
          records: [ended()],
        });
        const ids = [gone.run.runId, ...forks.slice(1).map(({ run }) => run.runId)];
        const readAll = (from: typeof store): Promise<unknown> =>
          Promise.all(ids.flatMap((id) => [from.load(id), from.records(id), from.recordTexts(id)]));
        const before = await readAll(store);
        await store.close();
        const again = await world.open();
        expect(await readAll(again)).toEqual(before);
        for (const fork of forks) expect((await again.create(fork)).created).toBe(true);
        const second = await readRun(again, forks[1]?.run.runId ?? "");
        await again.commit(nextChange(second));
        expect((await readRun(again, second.run.runId)).run.revision).toBe(second.run.revision + 1);
      },
      ({ reopens }) => reopens,
    );
  },
};
