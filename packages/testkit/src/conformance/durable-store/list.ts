import type { RunQuery } from "@abstractruntime/core/store";
import {
  cancelled,
  ended,
  failed,
  moved,
  paused,
  stuck,
  waiting,
  waitingFor,
} from "../fixtures/drafts.ts";
import { newFork } from "../fixtures/new-fork.ts";
import { atOnce, type StoreWorld } from "./store-world.ts";
import type { Theme } from "./theme.ts";

/** Run ids of a whole list, page by page. */
async function idsOf({ store }: StoreWorld, query: RunQuery = {}): Promise<readonly string[]> {
  const ids: string[] = [];
  let cursor: string | null = null;
  do {
    const page = await store.list(cursor === null ? query : { ...query, cursor });
    ids.push(...page.items.map(({ run }) => run.runId));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return ids;
}

/** One run for each status, reason and place that filters tell apart; each a second younger than the one before. */
async function startVariety({ start, in: at }: StoreWorld): Promise<void> {
  await start({ runId: "running", at: at(0), actorId: "ann" });
  await start({ runId: "event", at: at(1_000), records: [waitingFor("k1", "k2")], actorId: "bob" });
  await start({ runId: "user", at: at(2_000), records: [waiting()], sessionId: "s1" });
  await start({
    runId: "until",
    at: at(3_000),
    records: [waiting({ reason: "until", until: at(9e6) })],
  });
  await start({
    runId: "stuck",
    at: at(4_000),
    records: [stuck()],
    workflowId: "other",
    workflowVersion: "2",
    graphHash: "hash-2",
  });
  await start({ runId: "completed", at: at(5_000), records: [ended()], parentRunId: "running" });
  await start({
    runId: "failed",
    at: at(6_000),
    records: [failed()],
    workflowId: "other",
    graphHash: "hash-1",
    actorId: "ann",
  });
  await start({ runId: "cancelled", at: at(7_000), records: [cancelled()], sessionId: "s1" });
  await start({ runId: "paused", at: at(8_000), records: [paused()], parentRunId: "running" });
}

const filters: readonly (readonly [RunQuery, readonly string[]])[] = [
  [{ status: "running" }, ["paused", "running"]],
  [{ status: "waiting" }, ["stuck", "until", "user", "event"]],
  [{ status: "completed" }, ["completed"]],
  [{ status: "failed" }, ["failed"]],
  [{ status: "cancelled" }, ["cancelled"]],
  [{ waitReason: "event" }, ["event"]],
  [{ waitReason: "user" }, ["user"]],
  [{ waitReason: "until" }, ["until"]],
  [{ waitReason: "subworkflow" }, []],
  [{ waitKey: "k1" }, ["event"]],
  [{ waitKey: "k2" }, ["event"]],
  [{ waitKey: "k" }, []],
  [{ workflowId: "other" }, ["failed", "stuck"]],
  [{ workflowId: "none" }, []],
  [{ actorId: "ann" }, ["failed", "running"]],
  [{ sessionId: "s1" }, ["cancelled", "user"]],
  [{ parentRunId: "running" }, ["paused", "completed"]],
  [{ root: true, status: "running" }, ["running"]],
  [{ root: false }, ["paused", "completed"]],
  [{ root: false, parentRunId: "running", status: "completed" }, ["completed"]],
  [{ root: true, parentRunId: "running" }, []],
  [{ statuses: ["failed", "cancelled"] }, ["cancelled", "failed"]],
  [{ statuses: ["waiting"] }, ["stuck", "until", "user", "event"]],
  [{ statuses: ["failed", "running", "failed"], actorId: "ann" }, ["failed", "running"]],
  [{ statuses: ["failed", "running"], status: "running" }, ["paused", "running"]],
  [{ statuses: [] }, []],
  [{ paused: true }, ["paused"]],
  [{ paused: false, status: "running" }, ["running"]],
  [{ gate: "stuck" }, ["stuck"]],
  [{ gate: "approval" }, []],
  [{ graphHash: "hash-2" }, ["stuck"]],
  [{ graphHash: "hash-1", workflowId: "other" }, ["failed"]],
  [{ graphHash: "hash" }, []],
  [{ workflowVersion: "2" }, ["stuck"]],
  [{ workflowVersion: "1", workflowId: "other" }, ["failed"]],
  [{ stuck: true }, ["stuck"]],
  [{ stuck: false, workflowId: "other" }, ["failed"]],
  [{ status: "failed", actorId: "ann", workflowId: "other" }, ["failed"]],
  [{ status: "running", actorId: "bob" }, []],
  [{ status: "waiting", workflowId: "workflow", waitReason: "user", sessionId: "s1" }, ["user"]],
];

const periods: readonly (readonly [RunQuery, readonly string[]])[] = [
  [{ createdAfter: "2026-01-01T00:00:07Z" }, ["paused", "cancelled"]],
  [{ createdBefore: "2026-01-01T00:00:01Z" }, ["running"]],
  [
    { createdAfter: "2026-01-01T01:00:01+01:00", createdBefore: "2025-12-31T19:00:03-05:00" },
    ["user", "event"],
  ],
  [{ createdAfter: "2026-01-01T00:00:06.999999+00:00" }, ["paused", "cancelled"]],
  [{ createdBefore: "2026-01-01T00:00:00.000Z" }, []],
  [{ updatedAfter: "2026-01-01T00:00:08+00:00" }, ["paused"]],
  [{ updatedBefore: "2026-01-01T09:00:01.000+09:00" }, ["running"]],
  [
    { updatedAfter: "2026-01-01T00:00:02Z", updatedBefore: "2026-01-01T00:00:04Z" },
    ["until", "user"],
  ],
  [{ updatedAfter: "2026-01-01T00:00:00Z", status: "completed" }, ["completed"]],
];

export const listTheme: Theme = {
  title: "list",
  cases: (it, expect) => {
    it("is empty when nothing was started", async ({ store }) => {
      expect(await store.list()).toEqual({ items: [], nextCursor: null });
    });

    it("gives runs with their heads, as load does", async ({ store, start }) => {
      const stored = await start({ wakeAt: "2026-01-01T00:00:00.000Z" });
      expect(await store.list()).toEqual({ items: [stored], nextCursor: null });
    });

    it("has the latest update first, ties by run id", async (world) => {
      const at = (ms: number) => ({ at: world.in(ms) });
      for (const runId of ["b", "d", "a", "c"]) await world.start({ runId, ...at(1_000) });
      await world.start({ runId: "old", ...at(0) });
      await world.start({ runId: "new", ...at(2_000) });
      expect(await idsOf(world)).toEqual(["new", "a", "b", "c", "d", "old"]);
      await world.commit(await world.read("old"), { records: [moved()], ...at(3_000) });
      expect(await idsOf(world)).toEqual(["old", "new", "a", "b", "c", "d"]);
    });

    it("orders instants, not their text", async (world) => {
      await world.start({ runId: "second", at: "2026-01-01T12:00:00+09:00" });
      await world.start({ runId: "first", at: "2025-12-31T23:30:00.000000-04:00" });
      await world.start({ runId: "third", at: "2026-01-01T02:00:00Z" });
      await world.start({ runId: "fourth", at: "2026-01-01T01:59:59.250+00:00" });
      expect(await idsOf(world)).toEqual(["first", "second", "third", "fourth"]);
      expect(await idsOf(world, { limit: 1 })).toEqual(["first", "second", "third", "fourth"]);
    });

    it("gives everything once, page by page, in the order of one page", async (world) => {
      await atOnce(25, (n) => world.start({ runId: `r${n}`, at: world.in(1_000 * (n % 7)) }));
      const all = await idsOf(world);
      expect(new Set(all).size).toBe(25);
      for (const limit of [1, 2, 5, 7, 24, 25, 26])
        expect(await idsOf(world, { limit })).toEqual(all);
    });

    it("says where the last page is", async ({ store, start }) => {
      await atOnce(4, () => start());
      const first = await store.list({ limit: 2 });
      expect([first.items.length, first.nextCursor === null]).toEqual([2, false]);
      const second = await store.list({ limit: 2, cursor: first.nextCursor ?? "" });
      expect([second.items.length, second.nextCursor]).toEqual([2, null]);
    });

    it("gives 100 runs when no limit is given", async ({ store, start }) => {
      await atOnce(101, () => start());
      const { items, nextCursor } = await store.list();
      expect([items.length, nextCursor === null]).toEqual([100, false]);
    });

    it("goes on after the cursor though runs before it changed", async (world) => {
      for (let n = 0; n < 6; n += 1) await world.start({ runId: `r${n}`, at: world.in(n) });
      const { nextCursor } = await world.store.list({ limit: 3 });
      await world.commit(await world.read("r5"), { at: world.in(100) });
      await world.start({ runId: "new", at: world.in(200) });
      const rest = await world.store.list({ cursor: nextCursor ?? "" });
      expect(rest.items.map(({ run }) => run.runId)).toEqual(["r2", "r1", "r0"]);
    });

    it("passes what each filter asks for, alone and together", async (world) => {
      await startVariety(world);
      for (const [query, ids] of filters) {
        expect([query, await idsOf(world, query)]).toEqual([query, ids]);
        expect([query, await idsOf(world, { ...query, limit: 1 })]).toEqual([query, ids]);
      }
    });

    it("compares times as instants: after is inclusive, before is not", async (world) => {
      await startVariety(world);
      for (const [query, ids] of periods)
        expect([query, await idsOf(world, query)]).toEqual([query, ids]);
    });

    it("finds the forks of a run", async (world) => {
      const { store } = world;
      const { run } = await world.start({ runId: "origin" });
      await world.start({ runId: "other" });
      const records = await store.records(run.runId);
      for (const runId of ["fork-1", "fork-2"])
        await store.create(newFork(run.runId, records, { runId, at: world.in(1_000) }));
      expect(await idsOf(world, { originRunId: "origin" })).toEqual(["fork-1", "fork-2"]);
      expect(await idsOf(world, { originRunId: "other" })).toEqual([]);
      expect(await idsOf(world, { originRunId: "origin", status: "completed" })).toEqual([]);
      const forks = await store.records("fork-1");
      await store.create(newFork("fork-1", forks, { runId: "fork-of-fork" }));
      expect(await idsOf(world, { originRunId: "fork-1" })).toEqual(["fork-of-fork"]);
    });

    it("follows a run from filter to filter", async (world) => {
      const waits = await world.start({ records: [waitingFor("k")] });
      const { runId } = waits.run;
      expect(await idsOf(world, { waitKey: "k" })).toEqual([runId]);
      const moves = await world.commit(waits, { records: [waitingFor("next")] });
      expect(await idsOf(world, { waitKey: "k" })).toEqual([]);
      expect(await idsOf(world, { waitKey: "next" })).toEqual([runId]);
      await world.commit(moves, { records: [ended()] });
      expect(await idsOf(world, { status: "waiting" })).toEqual([]);
      expect(await idsOf(world, { waitKey: "next" })).toEqual([]);
      expect(await idsOf(world, { status: "completed" })).toEqual([runId]);
    });
  },
};
