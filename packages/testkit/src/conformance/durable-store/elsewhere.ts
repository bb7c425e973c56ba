import {
  foldRun,
  type Message,
  type NewRun,
  type StoreCapabilities,
} from "@abstractruntime/core/store";
import { answered, begun, completed, ended, moved, newWait, waiting } from "../fixtures/drafts.ts";
import { childEnded, newEvent } from "../fixtures/messages.ts";
import { newFork } from "../fixtures/new-fork.ts";
import { newAdopted, newImport, type NewImportOptions } from "../fixtures/new-import.ts";
import { endOf, readRun, type StoreWorld } from "./store-world.ts";
import type { Theme } from "./theme.ts";

/** Lines as 0.2.0 wrote them: with spaces, in its order, with numbers as Python has them. */
const pythonLines = [
  '{"run_id": "old", "step_id": "s1", "node_id": "a", "status": "started", "effect": {"type": "llm_call", "payload": {"t": 4.5e-05}, "result_key": null}, "started_at": "2025-12-31T00:00:00+00:00"}',
  '{"run_id": "old", "step_id": "s1", "node_id": "a", "status": "completed", "effect": null, "result": {"b": 1.0, "10": 1, "9": 2}, "started_at": "2025-12-31T00:00:00+00:00"}',
];

/** Five commits, the last of which waits for the key `k`. */
const history: NewImportOptions["commits"] = [
  [moved({ n: 1 }), begun(1)],
  [completed(1, "one"), moved({ n: 2 }), begun(2)],
  [completed(2, "two"), moved({ n: 3 })],
  [waiting({ reason: "event", waitKeys: ["k"] })],
];

/** The store has the run as it was given. */
async function expectThere(
  { store }: Pick<StoreWorld, "store">,
  expect: Parameters<Theme["cases"]>[1],
  given: NewRun,
): Promise<void> {
  const { runId } = given.run;
  const stored = await readRun(store, runId);
  expect(stored.run).toEqual(given.run);
  expect(stored.head.commitId).toBe(given.commitId);
  expect(await store.recordTexts(runId)).toEqual(given.texts);
  const records = await store.records(runId);
  expect(records).toEqual(given.records);
  expect(foldRun(records)).toEqual(stored.run);
}

const reopens = (capabilities: StoreCapabilities): boolean => capabilities.reopens;

export const elsewhereTheme: Theme = {
  title: "a run from elsewhere",
  cases: (it, expect) => {
    it("has the state, the records and the lines that it came with", async (world) => {
      const given = newImport({ commits: history });
      const { created, stored } = await world.store.create(given);
      expect([created, stored.run]).toEqual([true, given.run]);
      expect(stored.run.revision).toBe(5);
      expect(stored.head).toEqual({
        wakeAt: null,
        leaseId: null,
        leaseOwner: null,
        claims: 0,
        inboxSeq: 0,
        inboxSize: 0,
        commitId: given.commitId,
        ledgerHead: stored.head.ledgerHead,
      });
      await expectThere(world, expect, given);
      expect((await world.store.list({ waitKey: "k" })).items).toEqual([stored]);
    });

    it("keeps lines of 0.2.0 to the letter, before the record that adopted the run", async (world) => {
      const given = newAdopted(pythonLines, { commits: [[moved({ n: 1 })], [begun(1)]] });
      await world.store.create(given);
      await expectThere(world, expect, given);
      expect((await world.store.records(given.run.runId))[0]?.seq).toBe(3);
    });

    it("gives records and lines in parts", async ({ store }) => {
      for (const given of [
        newImport({ commits: history }),
        newAdopted(pythonLines, { commits: history }),
      ]) {
        await store.create(given);
        const { runId, seq } = given.run;
        for (const after of [0, 1, 2, 3, 7, seq, seq + 5])
          for (const limit of [1, 2, 100]) {
            const range = { after, limit };
            expect(await store.recordTexts(runId, range)).toEqual(
              given.texts?.slice(after, after + limit),
            );
            expect(await store.records(runId, range)).toEqual(
              given.records.filter((record) => record.seq > after).slice(0, limit),
            );
          }
      }
    });

    it("goes on: records follow the last of its lines", async (world) => {
      const { store } = world;
      for (const given of [newImport(), newAdopted(pythonLines)]) {
        await store.create(given);
        const { runId } = given.run;
        let read = await world.commit(await world.read(runId), { records: [moved({ more: 1 })] });
        read = await world.commit(read, { records: [ended("done")] });
        expect([read.run.status, read.run.output]).toEqual(["completed", "done"]);
        const texts = await store.recordTexts(runId);
        expect(texts.slice(0, given.texts?.length)).toEqual(given.texts);
        expect(texts.length).toBe(read.run.seq);
        expect(foldRun(await store.records(runId))).toEqual(read.run);
        const range = { after: read.run.seq - 1 };
        expect((await store.records(runId, range)).map(({ kind }) => kind)).toEqual(["ended"]);
      }
    });

    it("is found, and left as it is, when it is created again", async (world) => {
      const given = newImport({ commits: history });
      await world.store.create(given);
      await world.commit(await world.read(given.run.runId), { records: [waiting()] });
      const before = await world.read(given.run.runId);
      const again = await world.store.create(newImport({ runId: given.run.runId }));
      expect([again.created, again.stored]).toEqual([false, before]);
      expect(await world.read(given.run.runId)).toEqual(before);
    });

    it("is due when it says, and whole however long its ledger is", async (world) => {
      const commits = Array.from({ length: 1_500 }, (_, n) => [moved({ n }), moved({ m: n })]);
      const given = newImport({ commits, wakeAt: world.in(5_000) });
      await world.store.create(given);
      expect(await world.claim()).toEqual([]);
      await world.clock.advance(5_000);
      expect(await world.claim()).toEqual([given.run.runId]);
      expect(await world.store.recordTexts(given.run.runId)).toEqual(given.texts);
    });

    it("comes with those below it and with what nobody had read, in one write", async (world) => {
      const child = newImport({ runId: "child", parentRunId: "top", commits: history });
      const grandchild = newImport({
        runId: "grandchild",
        parentRunId: "child",
        commits: [[ended(1)]],
      });
      const [first, second, third] = [newEvent("x"), newEvent("k"), newEvent("y")];
      const top = newImport({
        runId: "top",
        commits: history,
        children: [{ ...child, children: [grandchild] }],
        messages: [
          { runId: "top", message: first },
          { runId: "child", message: second },
          { runId: "top", message: third },
        ],
      });
      await world.store.create(top);
      for (const given of [top, child, grandchild]) await expectThere(world, expect, given);
      const unread = async (runId: string): Promise<unknown> =>
        (await world.store.readInbox(runId)).map(({ message }) => message);
      expect(await unread("top")).toEqual([first, third]);
      expect(await unread("child")).toEqual([second]);
      expect((await world.claim()).toSorted()).toEqual(["child", "top"]);
    });

    it("counts the ends of children that came with it, and is told of them", async (world) => {
      const join = {
        intentSeq: 2,
        total: 2,
        begun: 2,
        need: 2,
        onFailure: "settle" as const,
        maxConcurrency: null,
      };
      const end = (index: number): Message => {
        const ofChild = childEnded(`child-${index}`);
        if (ofChild.kind !== "child_ended") throw new TypeError("the fixture is a child's end");
        return { ...ofChild, index, waitId: "w", messageId: `child-${index}:ended` };
      };
      const given = newImport({
        runId: "top",
        commits: [[begun(1), waiting({ waitId: "w", reason: "subworkflow", join })]],
        messages: [0, 1].map((index) => ({ runId: "top", message: end(index) })),
      });
      await world.store.create(given);
      const inbox = await world.store.readInbox("top");
      expect(inbox.map(({ message }) => message.kind)).toEqual(["join_due"]);
      expect(await world.store.deliver("top", end(0))).toBe("duplicate");
      expect(await world.claim()).toEqual(["top"]);
    });

    it("knows what it has read: a message sent again is a duplicate", async (world) => {
      const message = newEvent("k");
      const wait = newWait({ reason: "event", waitKeys: ["k"] });
      const given = newImport({
        commits: [[begun(1), waiting(wait)], [answered(wait, message)]],
      });
      await world.store.create(given);
      const { runId } = given.run;
      expect(await world.store.deliver(runId, message)).toBe("duplicate");
      expect(await world.store.readInbox(runId)).toEqual([]);
      if (!world.store.capabilities.reopens) return;
      await world.store.close();
      const again = await world.open();
      expect(await again.deliver(runId, message)).toBe("duplicate");
      expect(await again.deliver(runId, newEvent("k"))).toBe("accepted");
    });

    it("may be copied by a fork, to the letter", async (world) => {
      const { store } = world;
      const given = newAdopted(pythonLines, { commits: history });
      await store.create(given);
      const { runId } = given.run;
      const fork = newFork(runId, given.records.slice(0, 3));
      await store.create(fork);
      const texts = await store.recordTexts(fork.run.runId);
      expect(texts.slice(0, 5)).toEqual(given.texts?.slice(0, 5));
      expect((await world.read(fork.run.runId)).run).toEqual(fork.run);
    });

    it("is refused when its records are not the last of its lines, and nothing is stored", async (world) => {
      const good = newImport({ runId: "bad", commits: history });
      const texts = good.texts ?? [];
      const bad: readonly NewRun[] = [
        { ...good, texts: texts.slice(1) },
        { ...good, texts: [...texts, texts.at(-1) ?? ""] },
        { ...good, records: good.records.slice(0, -1) },
        { ...good, records: [] },
        { ...good, commitId: "another" },
        { ...good, texts: texts.with(1, "two\nlines") },
        { ...good, texts: texts.with(1, " ") },
      ];
      for (const given of bad) {
        expect(await endOf(world.store.create(given))).toBe("invalid_argument");
        const below = newImport({ runId: "top", children: [given] });
        expect(await endOf(world.store.create(below))).toBe("invalid_argument");
      }
      expect((await world.store.list()).items).toEqual([]);
      expect(await world.store.recordTexts("bad")).toEqual([]);
    });

    it(
      "is there when the store is opened again",
      async (world) => {
        const child = newImport({ runId: "child", parentRunId: "old", commits: history });
        const message = newEvent("x");
        const given = newAdopted(pythonLines, {
          runId: "old",
          commits: history,
          children: [child],
          messages: [{ runId: "child", message }],
        });
        await world.store.create(given);
        await world.store.close();
        const store = await world.open();
        for (const run of [given, child]) await expectThere({ store }, expect, run);
        const inbox = await store.readInbox("child");
        expect(inbox.map((entry) => entry.message)).toEqual([message]);
      },
      reopens,
    );
  },
};
