import type { Page, StoredRun } from "@abstractruntime/core/store";
import { ended } from "../fixtures/drafts.ts";
import { newRun } from "../fixtures/new-run.ts";
import type { Theme } from "./theme.ts";

export const listChildrenTheme: Theme = {
  title: "listChildren",
  cases: (it, expect) => {
    it("is empty for a run without children, and for none", async ({ store, start }) => {
      const { run } = await start();
      for (const id of [run.runId, "nobody"])
        expect(await store.listChildren(id)).toEqual({ items: [], nextCursor: null });
    });

    it("gives a run's own children by run id, in any status", async ({ store, start, commit }) => {
      const children = ["c10", "C1", "c9", "c_1", "c-1", "c1"].map((runId) =>
        newRun({ runId, parentRunId: "p" }),
      );
      await commit(await start({ runId: "p" }), { children });
      await start({ runId: "c2", parentRunId: "p", records: [ended()] });
      await start({ runId: "c3", parentRunId: "other" });
      await start({ runId: "grandchild", parentRunId: "c1" });
      const { items } = await store.listChildren("p");
      const ids = items.map(({ run }) => run.runId);
      expect(ids).toEqual(["C1", "c-1", "c1", "c10", "c2", "c9", "c_1"]);
      expect(items[0]).toEqual(await store.load("C1"));
    });

    it("gives each child once, page by page", async ({ store, start }) => {
      const ids = Array.from({ length: 12 }, (_, n) => `c${String(n).padStart(2, "0")}`);
      for (const runId of ids.toReversed()) await start({ runId, parentRunId: "p" });
      for (const limit of [1, 5, 6, 12, 13]) {
        const found: string[] = [];
        let cursor: string | null = null;
        do {
          const page: Page<StoredRun> = await store.listChildren(
            "p",
            cursor === null ? { limit } : { limit, cursor },
          );
          expect(page.items.length <= limit).toBe(true);
          found.push(...page.items.map(({ run }) => run.runId));
          cursor = page.nextCursor;
        } while (cursor !== null);
        expect(found).toEqual(ids);
      }
    });
  },
};
