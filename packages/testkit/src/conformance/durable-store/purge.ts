import { cancelled, ended, failed, waiting } from "../fixtures/drafts.ts";
import { newEvent } from "../fixtures/messages.ts";
import { newRun } from "../fixtures/new-run.ts";
import type { Theme } from "./theme.ts";

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
      expect(await store.purge({ endedBefore })).toEqual(["completed", "failed", "cancelled"]);
      const { items } = await store.list();
      expect(items.map(({ run }) => run.runId)).toEqual(["later", "running", "waiting"]);
      expect(await store.purge({ endedBefore })).toEqual([]);
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
      expect(await store.purge({ endedBefore, limit: 3 })).toEqual(["a", "b", "c"]);
      expect(await store.purge({ endedBefore, limit: 3 })).toEqual(["d"]);
    });

    it("counts from the end of a run, not from its start", async ({
      store,
      start,
      commit,
      in: at,
    }) => {
      const started = await start({ at: at(0) });
      await commit(started, { records: [ended()], at: at(10_000) });
      expect(await store.purge({ endedBefore: at(5_000) })).toEqual([]);
      expect(await store.purge({ endedBefore: at(10_001) })).toEqual([started.run.runId]);
    });

    it("leaves nothing of a run: no head, ledger, inbox or place in a list", async (world) => {
      const { store } = world;
      const parent = (await world.start()).run.runId;
      const read = await world.start({ parentRunId: parent });
      const { runId } = read.run;
      await store.deliver(runId, newEvent());
      await world.commit(read, { records: [ended()] });
      expect(await store.purge({ endedBefore: world.in(86_400_000) })).toEqual([runId]);
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
  },
};
