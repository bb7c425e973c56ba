import { codeOf } from "../fixtures/code-of.ts";
import { newSnapshot } from "../fixtures/new-snapshot.ts";
import type { TestRunner } from "../runner.ts";
import type { SnapshotStoreHarness } from "../snapshot-store.ts";

/** Opening again, closing, and giving up. */
export function lifecycleCases(
  { open, reopen }: SnapshotStoreHarness,
  { describe, it, expect }: TestRunner,
): void {
  describe("lifecycle", () => {
    it("has everything again when it is opened again", async (context) => {
      if (reopen === undefined) {
        context?.skip?.("nothing outlives its closing");
        return;
      }
      const before = await open();
      const kept = await before.save(newSnapshot({ tags: ["prod"], vars: { n: 1 } }));
      const gone = await before.save(newSnapshot());
      await before.delete(gone.snapshotId);
      await using store = await reopen(before);
      expect(await store.load(kept.snapshotId)).toEqual(kept);
      expect((await store.list()).items).toEqual([kept]);
      expect((await store.list({ tag: "PROD" })).items).toEqual([kept]);
    });

    it("refuses everything once it is closed, and closes twice", async () => {
      const store = await open();
      const { snapshotId } = await store.save(newSnapshot());
      await store.close();
      await store.close();
      expect(await codeOf(store.save(newSnapshot()))).toBe("store_closed");
      expect(await codeOf(store.load(snapshotId))).toBe("store_closed");
      expect(await codeOf(store.list())).toBe("store_closed");
      expect(await codeOf(store.delete(snapshotId))).toBe("store_closed");
    });

    it("gives up at once when its signal is aborted already", async () => {
      await using store = await open();
      const signal = AbortSignal.abort(new RangeError("enough"));
      expect(await codeOf(store.save(newSnapshot(), { signal }))).toBe("RangeError");
      expect(await codeOf(store.list({}, { signal }))).toBe("RangeError");
      expect((await store.list()).items).toEqual([]);
    });
  });
}
