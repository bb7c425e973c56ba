import type { PurgeRequest } from "@abstractruntime/core/store";
import { cancelled, ended, failed, moved, waiting } from "../fixtures/drafts.ts";
import { newEvent } from "../fixtures/messages.ts";
import { newRun } from "../fixtures/new-run.ts";
import { endOf, type StoreWorld } from "./store-world.ts";
import type { Theme } from "./theme.ts";

/** Ids of the runs that go. */
async function purged(
  { store }: Pick<StoreWorld, "store">,
  request: PurgeRequest,
): Promise<readonly string[]> {
  return (await store.purge(request)).runIds;
}

/** An ended run of that name, below another when there is one. */
async function startEnded(
  { start }: Pick<StoreWorld, "start">,
  runId: string,
  options: { readonly at: string; readonly below?: string },
): Promise<void> {
  const { at, below = null } = options;
  await start({ runId, at, parentRunId: below, records: [ended()] });
}

export const purgeTheme: Theme = {
  title: "purge",
  cases: (it, expect) => {
    it("removes runs that ended before the instant, and no others", async ({
      store,
      start,
      in: at,
    }) => {
      await start({ runId: "completed", at: at(1_000), records: [ended()] });
      await start({ runId: "failed", at: at(2_000), records: [failed()] });
      await start({ runId: "cancelled", at: at(3_000), records: [cancelled()] });
      await start({ runId: "later", at: at(4_000), records: [ended()] });
      await start({ runId: "running", at: at(0) });
      await start({ runId: "waiting", at: at(0), records: [waiting()] });
      const endedBefore = "2026-01-01T01:00:04+01:00";
      expect(await purged({ store }, { endedBefore })).toEqual([
        "completed",
        "failed",
        "cancelled",
      ]);
      const { items } = await store.list();
      expect(items.map(({ run }) => run.runId)).toEqual(["later", "running", "waiting"]);
      expect(await purged({ store }, { endedBefore })).toEqual([]);
    });

    it("removes the longest ended first, as many as asked for", async ({
      store,
      start,
      in: at,
    }) => {
      for (const [runId, ms] of [
        ["b", 2_000],
        ["d", 4_000],
        ["a", 1_000],
        ["c", 3_000],
      ] as const)
        await start({ runId, at: at(ms), records: [ended()] });
      const endedBefore = at(60_000);
      expect(await purged({ store }, { endedBefore, limit: 3 })).toEqual(["a", "b", "c"]);
      expect(await purged({ store }, { endedBefore, limit: 3 })).toEqual(["d"]);
    });

    it("counts from the end of a run, not from its start", async ({
      store,
      start,
      commit,
      in: at,
    }) => {
      const started = await start({ at: at(0) });
      await commit(started, { records: [ended()], at: at(10_000) });
      expect(await purged({ store }, { endedBefore: at(5_000) })).toEqual([]);
      expect(await purged({ store }, { endedBefore: at(10_001) })).toEqual([started.run.runId]);
    });

    it("leaves nothing of a run: no head, ledger, inbox or place in a list", async (world) => {
      const { store } = world;
      const parent = (await world.start()).run.runId;
      const read = await world.start({ parentRunId: parent });
      const { runId } = read.run;
      await store.deliver(runId, newEvent());
      await world.commit(read, { records: [ended()] });
      expect(await purged(world, { endedBefore: world.in(86_400_000) })).toEqual([runId]);
      expect(await store.load(runId)).toBe(undefined);
      expect(await store.records(runId)).toEqual([]);
      expect(await store.recordTexts(runId)).toEqual([]);
      expect(await store.readInbox(runId)).toEqual([]);
      expect((await store.listChildren(parent)).items).toEqual([]);
      expect(await store.deliver(runId, newEvent())).toBe("run_not_found");
    });

    it("lets the id begin anew", async ({ store, start, in: at }) => {
      const { run } = await start({ records: [ended()] });
      const message = newEvent();
      await store.purge({ endedBefore: at(86_400_000) });
      const { created, stored } = await store.create(newRun({ runId: run.runId }));
      expect([created, stored.run.revision, stored.head.inboxSeq]).toEqual([true, 1, 0]);
      expect((await store.records(run.runId)).length).toBe(1);
      expect(await store.deliver(run.runId, message)).toBe("accepted");
    });

    it("passes what each filter asks for", async ({ store, start, in: at }) => {
      await start({ runId: "a", at: at(0), records: [ended()] });
      await start({ runId: "b", at: at(1_000), records: [failed()], workflowId: "other" });
      await start({ runId: "c", at: at(2_000), records: [cancelled()] });
      await start({ runId: "d", at: at(3_000), records: [ended()], workflowId: "other" });
      const dry = (request: Omit<PurgeRequest, "endedBefore">): Promise<readonly string[]> =>
        purged({ store }, { endedBefore: at(60_000), dryRun: true, ...request });
      expect(await dry({})).toEqual(["a", "b", "c", "d"]);
      expect(await dry({ statuses: ["completed"] })).toEqual(["a", "d"]);
      expect(await dry({ statuses: ["cancelled", "failed"] })).toEqual(["b", "c"]);
      expect(await dry({ statuses: [] })).toEqual([]);
      expect(await dry({ workflowId: "other" })).toEqual(["b", "d"]);
      expect(await dry({ workflowId: "other", statuses: ["completed"] })).toEqual(["d"]);
      expect(await dry({ workflowId: "none" })).toEqual([]);
      expect(await dry({ limit: 2 })).toEqual(["a", "b"]);
      const request: PurgeRequest = { endedBefore: at(60_000), statuses: ["failed"] };
      expect(await purged({ store }, request)).toEqual(["b"]);
      expect(await store.load("b")).toBe(undefined);
      expect((await store.list()).items.map(({ run }) => run.runId)).toEqual(["d", "c", "a"]);
    });

    it("changes nothing when it is asked what would go", async (world) => {
      await startEnded(world, "top", { at: world.in(0) });
      await startEnded(world, "child", { at: world.in(0), below: "top" });
      const before = (await world.store.list()).items;
      const request = { endedBefore: world.in(60_000) };
      const dry = await world.store.purge({ ...request, dryRun: true });
      expect((await world.store.list()).items).toEqual(before);
      expect((await world.store.records("child")).length).toBe(2);
      expect(dry).toEqual({ runIds: ["child", "top"], artifacts: 0 });
      expect(await purged(world, request)).toEqual(dry.runIds);
    });

    it("removes a family as a whole, from its leaves up, once all of it is old", async (world) => {
      const { in: at } = world;
      await startEnded(world, "top", { at: at(1_000) });
      await startEnded(world, "child", { at: at(500), below: "top" });
      await startEnded(world, "grandchild", { at: at(9_000), below: "child" });
      await startEnded(world, "other", { at: at(2_000) });
      expect(await purged(world, { endedBefore: at(9_000) })).toEqual(["other"]);
      const whole = ["grandchild", "child", "top"];
      expect(await purged(world, { endedBefore: at(9_001) })).toEqual(whole);
      expect((await world.store.list()).items).toEqual([]);
    });

    it("keeps an ended run as long as a run below it is alive", async (world) => {
      const { in: at } = world;
      await startEnded(world, "top", { at: at(0) });
      await startEnded(world, "child", { at: at(0), below: "top" });
      const alive = await world.start({ runId: "alive", at: at(0), parentRunId: "child" });
      expect(await purged(world, { endedBefore: at(60_000) })).toEqual([]);
      await world.commit(alive, { records: [ended()], at: at(1_000) });
      const whole = ["alive", "child", "top"];
      expect(await purged(world, { endedBefore: at(60_000) })).toEqual(whole);
    });

    it("asks filters of the run at the top alone", async (world) => {
      const { in: at, start } = world;
      await startEnded(world, "good", { at: at(0) });
      await start({
        runId: "bad-child",
        at: at(0),
        parentRunId: "good",
        records: [failed()],
        workflowId: "other",
      });
      await start({ runId: "bad", at: at(1), records: [failed()] });
      await startEnded(world, "good-child", { at: at(0), below: "bad" });
      const endedBefore = at(60_000);
      expect(await purged(world, { endedBefore, statuses: ["completed"] })).toEqual([
        "bad-child",
        "good",
      ]);
      expect(await purged(world, { endedBefore, workflowId: "other" })).toEqual([]);
      expect(await purged(world, { endedBefore })).toEqual(["good-child", "bad"]);
    });

    it("keeps the ended children of a living run while it waits in the step that started them", async (world) => {
      const { in: at, start, commit, store } = world;
      const waits = await start({
        runId: "parent",
        at: at(0),
        records: [waiting({ reason: "subworkflow", stepId: "step-1" })],
      });
      await startEnded(world, "child", { at: at(0), below: "parent" });
      const endedBefore = at(60_000);
      expect(await purged(world, { endedBefore })).toEqual([]);
      await commit(waits, { records: [waiting({ stepId: "step-2" })], at: at(1) });
      expect(await purged(world, { endedBefore })).toEqual(["child"]);
      expect((await store.load("parent"))?.run.status).toBe("waiting");
    });

    it("never removes the child of a living run whose step nobody knows", async (world) => {
      const { in: at, start, commit } = world;
      const parent = await start({ runId: "parent", at: at(0) });
      await start({
        runId: "child",
        at: at(0),
        parentRunId: "parent",
        parent: null,
        records: [ended()],
      });
      const endedBefore = at(60_000);
      expect(await purged(world, { endedBefore })).toEqual([]);
      await commit(await commit(parent, { records: [moved()] }), { records: [ended()] });
      expect(await purged(world, { endedBefore })).toEqual(["child", "parent"]);
    });

    it("removes a family that is larger than the limit from its leaves up", async (world) => {
      const { in: at } = world;
      await startEnded(world, "top", { at: at(0) });
      for (let n = 0; n < 5; n += 1)
        await startEnded(world, `child-${n}`, { at: at(0), below: "top" });
      const request = { endedBefore: at(60_000), limit: 4 };
      const first = await purged(world, request);
      expect([first.length, first.includes("top")]).toEqual([4, false]);
      const second = await purged(world, request);
      expect([second.length, second.at(-1)]).toEqual([2, "top"]);
      expect(await purged(world, request)).toEqual([]);
    });

    it("refuses what it can't understand, and removes nothing", async (world) => {
      const { in: at, store } = world;
      await startEnded(world, "run", { at: at(0) });
      for (const limit of [0, -1, 1.5, Number.NaN])
        expect([limit, await endOf(store.purge({ endedBefore: at(60_000), limit }))]).toEqual([
          limit,
          "invalid_argument",
        ]);
      expect(await endOf(store.purge({ endedBefore: "yesterday" }))).toBe("invalid_instant");
      expect((await store.list()).items.length).toBe(1);
    });
  },
};
