import type { ChildEndedMessage, Join, StoredRun } from "@abstractruntime/core/store";
import {
  answered,
  begun,
  ended,
  newWait,
  paused,
  waiting,
  type RecordDraft,
} from "../fixtures/drafts.ts";
import { childEnded, newCancel, newLease } from "../fixtures/messages.ts";
import { newRun } from "../fixtures/new-run.ts";
import { atOnce, readRun, type StoreWorld } from "./store-world.ts";
import type { Theme } from "./theme.ts";

const waitId = "join-1";

/** Races are run this often, since one run may meet one order only. */
const rounds = 20;

/** A wait for five children that have all begun, unless the fields say something else. */
function joinOf(fields: Partial<Join> = {}): RecordDraft {
  const join: Join = {
    intentSeq: 2,
    total: 5,
    begun: 5,
    need: 5,
    onFailure: "settle",
    maxConcurrency: null,
    ...fields,
  };
  return waiting({ waitId, reason: "subworkflow", join });
}

/** The end of the child with this index. */
function endOf(
  index: number,
  status: ChildEndedMessage["status"] = "completed",
  ofWait = waitId,
): ChildEndedMessage {
  const end = childEnded(`child-${index}`);
  if (end.kind !== "child_ended") throw new TypeError("the fixture is the end of a child");
  return { ...end, index, status, waitId: ofWait, messageId: `child-${index}:ended` };
}

function startJoin(world: StoreWorld, fields: Partial<Join> = {}): Promise<StoredRun> {
  return world.start({ records: [begun(1), joinOf(fields)] });
}

/** What the inbox says of the children: the counts of each message. */
async function told(world: StoreWorld, runId: string): Promise<readonly (readonly number[])[]> {
  const inbox = await world.store.readInbox(runId);
  return inbox.map(({ message }) =>
    message.kind === "join_due" ? [message.completed, message.failed] : [],
  );
}

export const joinsTheme: Theme = {
  title: "joins",
  cases: (it, expect) => {
    it("counts the ends of children, and tells of them once the join is decided", async (world) => {
      const { runId } = (await startJoin(world)).run;
      for (const index of [3, 0, 4, 1])
        expect(await world.store.deliver(runId, endOf(index))).toBe("accepted");
      expect(await told(world, runId)).toEqual([]);
      expect(await world.claim()).toEqual([]);
      await world.store.deliver(runId, endOf(2, "failed"));
      expect(await told(world, runId)).toEqual([[4, 1]]);
      expect(await world.claim()).toEqual([runId]);
    });

    it("counts no end twice", async (world) => {
      const { runId } = (await startJoin(world)).run;
      for (let n = 0; n < 5; n += 1) await world.store.deliver(runId, endOf(0));
      expect(await world.store.deliver(runId, endOf(0))).toBe("duplicate");
      for (const index of [1, 2, 3]) await world.store.deliver(runId, endOf(index));
      expect(await told(world, runId)).toEqual([]);
      await world.store.deliver(runId, endOf(4));
      expect(await told(world, runId)).toEqual([[5, 0]]);
    });

    it("counts ends that come with commits, and many at once", async (world) => {
      const { runId } = (await startJoin(world, { total: 40, begun: 40, need: 40 })).run;
      const children = await atOnce(40, () => world.start());
      await Promise.all(
        children.map((child, index) =>
          world.commit(child, { records: [ended()], messages: [{ runId, message: endOf(index) }] }),
        ),
      );
      expect(await told(world, runId)).toEqual([[40, 0]]);
    });

    it("tells at the first failure of a join that fails fast", async (world) => {
      const { runId } = (await startJoin(world, { onFailure: "fail_fast" })).run;
      await world.store.deliver(runId, endOf(0));
      await world.store.deliver(runId, endOf(1, "cancelled"));
      expect(await told(world, runId)).toEqual([[1, 1]]);
    });

    it("tells when enough of many completed, and when too many did not", async (world) => {
      const any = (await startJoin(world, { need: 2 })).run.runId;
      for (const [index, status] of (["failed", "completed", "completed"] as const).entries())
        await world.store.deliver(any, endOf(index, status));
      expect(await told(world, any)).toEqual([[2, 1]]);
      const none = (await startJoin(world, { need: 4 })).run.runId;
      for (const index of [0, 1]) await world.store.deliver(none, endOf(index, "failed"));
      expect(await told(world, none)).toEqual([[0, 2]]);
    });

    it("waits for the last of all, whatever becomes of each", async (world) => {
      const { runId } = (await startJoin(world, { need: null })).run;
      for (const index of [0, 1, 2, 3])
        await world.store.deliver(runId, endOf(index, index === 1 ? "completed" : "failed"));
      expect(await told(world, runId)).toEqual([]);
      await world.store.deliver(runId, endOf(4));
      expect(await told(world, runId)).toEqual([[2, 3]]);
    });

    it("tells at once when as many as there are can't complete any more", async (world) => {
      const { runId } = (await startJoin(world, { need: 5 })).run;
      await world.store.deliver(runId, endOf(1));
      await world.store.deliver(runId, endOf(0, "failed"));
      expect(await told(world, runId)).toEqual([[1, 1]]);
    });

    it("tells once, until what it told was read", async (world) => {
      const { runId } = (await startJoin(world, { need: 1 })).run;
      for (const index of [0, 1, 2]) await world.store.deliver(runId, endOf(index));
      expect(await told(world, runId)).toEqual([[1, 0]]);
    });

    it("ignores what comes for another wait", async (world) => {
      const { runId } = (await startJoin(world, { need: 1 })).run;
      await world.store.deliver(runId, endOf(0, "completed", "join-0"));
      expect(await told(world, runId)).toEqual([]);
      await world.store.deliver(runId, endOf(1));
      expect(await told(world, runId)).toEqual([[1, 0]]);
    });

    it("drops what comes after the join", async (world) => {
      const run = await startJoin(world, { need: 1 });
      await world.store.deliver(run.run.runId, endOf(0));
      const read = await world.read(run.run.runId);
      const [due] = await world.store.readInbox(run.run.runId);
      const wait = newWait({ ...read.run.waiting });
      if (due === undefined) throw new TypeError("nobody was told");
      await world.commit(read, {
        records: [answered(wait, due.message)],
        consumed: [due.message.messageId],
      });
      for (const index of [1, 2]) await world.store.deliver(run.run.runId, endOf(index));
      expect(await world.store.readInbox(run.run.runId)).toEqual([]);
      expect(await world.claim()).toEqual([]);
    });

    it("tells with the same write that more children may begin", async (world) => {
      const { run } = await startJoin(world, { begun: 2, maxConcurrency: 2 });
      await world.store.deliver(run.runId, endOf(0));
      expect(await told(world, run.runId)).toEqual([[1, 0]]);
      await world.store.deliver(run.runId, endOf(1));
      const [due] = await world.store.readInbox(run.runId);
      if (due === undefined) throw new TypeError("nobody was told");
      const { messageId } = due.message;
      const more: RecordDraft = { kind: "branched", waitId, begun: 3, messageId, by: null };
      await world.commit(await world.read(run.runId), { records: [more], consumed: [messageId] });
      expect(await told(world, run.runId)).toEqual([[2, 0]]);
      expect(await world.claim()).toEqual([run.runId]);
    });

    it("misses no end that races the parent's own commit", async (world) => {
      for (let round = 0; round < rounds; round += 1) {
        const { run } = await startJoin(world, { total: 4, begun: 2, need: 4, maxConcurrency: 2 });
        await world.store.deliver(run.runId, endOf(0));
        const children = await atOnce(2, () => world.start());
        const [due] = await world.store.readInbox(run.runId);
        if (due === undefined) throw new TypeError("nobody was told");
        const { messageId } = due.message;
        const more: RecordDraft = { kind: "branched", waitId, begun: 3, messageId, by: null };
        const read = await world.read(run.runId);
        const begin = (): Promise<unknown> =>
          world.commit(read, { records: [more], consumed: [messageId] });
        const end = (): Promise<unknown> =>
          Promise.all(
            children.map((child, index) =>
              world.commit(child, {
                records: [ended()],
                messages: [{ runId: run.runId, message: endOf(1 + index) }],
              }),
            ),
          );
        await Promise.all(round % 2 === 0 ? [begin(), end()] : [end(), begin()]);
        const [last] = (await told(world, run.runId)).slice(-1);
        expect((last?.[0] ?? 0) >= 2).toBe(true);
        expect(await world.claim({ runIds: [run.runId] })).toEqual([run.runId]);
        expect(await world.store.deliver(run.runId, endOf(2))).toBe("duplicate");
      }
    });

    it("tells at once of a join that begins with children left", async (world) => {
      const { runId } = (await startJoin(world, { begun: 2 })).run;
      expect(await told(world, runId)).toEqual([[0, 0]]);
      expect(await world.claim()).toEqual([runId]);
      const lease = newLease();
      const read = await world.start({ lease, records: [begun(1)] });
      await world.commit(read, { records: [joinOf({ begun: 2 })], lease });
      expect(await told(world, read.run.runId)).toEqual([[0, 0]]);
    });

    it("wakes no paused run, and no held one", async (world) => {
      const pausedRun = await world.commit(await startJoin(world, { need: 1 }), {
        records: [paused()],
      });
      await world.store.deliver(pausedRun.run.runId, endOf(0));
      expect(await told(world, pausedRun.run.runId)).toEqual([[1, 0]]);
      const lease = newLease();
      const held = await world.start({ lease, records: [begun(1), joinOf({ need: 1 })] });
      await world.store.deliver(held.run.runId, endOf(0));
      expect(await world.claim()).toEqual([]);
      expect((await world.read(held.run.runId)).head.leaseId).toBe(lease.leaseId);
    });

    it("lists the children of one step by index", async (world) => {
      const parent = await world.start();
      const childOf = (stepId: string, index: number): ReturnType<typeof newRun> =>
        newRun({
          runId: `${stepId}-${index}`,
          parentRunId: parent.run.runId,
          parent: { runId: parent.run.runId, stepId, waitId, index, branch: false },
        });
      const children = [2, 0, 1].flatMap((n) => [childOf("s1", n), childOf("s2", n)]);
      await world.commit(parent, { children });
      const first = await world.store.listChildren(parent.run.runId, { stepId: "s2", limit: 2 });
      expect(first.items.map(({ run }) => run.runId)).toEqual(["s2-0", "s2-1"]);
      const cursor = first.nextCursor ?? "";
      const rest = await world.store.listChildren(parent.run.runId, { stepId: "s2", cursor });
      expect(rest.items.map(({ run }) => run.runId)).toEqual(["s2-2"]);
      expect(rest.nextCursor).toBe(null);
    });

    it(
      "remembers what was counted when it is opened again",
      async (world) => {
        const { runId } = (await startJoin(world)).run;
        for (const index of [0, 1, 2]) await world.store.deliver(runId, endOf(index));
        await world.store.deliver(runId, newCancel());
        await world.store.close();
        const store = await world.open();
        expect(await store.deliver(runId, endOf(1))).toBe("duplicate");
        for (const index of [3, 4]) await store.deliver(runId, endOf(index));
        const inbox = await store.readInbox(runId);
        expect(inbox.map(({ message }) => message.kind)).toEqual(["cancel", "join_due"]);
        expect((await readRun(store, runId)).head.inboxSize).toBe(2);
      },
      ({ reopens }) => reopens,
    );
  },
};
