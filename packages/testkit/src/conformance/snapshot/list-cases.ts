import type { SnapshotQuery, SnapshotStore } from "@abstractruntime/core/store";
import { codeOf } from "../fixtures/code-of.ts";
import { listAll } from "../fixtures/list-all.ts";
import { newSnapshot, type NewSnapshotOptions } from "../fixtures/new-snapshot.ts";
import type { TestRunner } from "../runner.ts";
import type { SnapshotStoreHarness } from "../snapshot-store.ts";

/** Searching, order and pages. */
export function listCases(
  { open }: SnapshotStoreHarness,
  { describe, it, expect }: TestRunner,
): void {
  const saveAll = async (
    store: SnapshotStore,
    ...snapshots: readonly NewSnapshotOptions[]
  ): Promise<void> => {
    for (const snapshot of snapshots) await store.save(newSnapshot(snapshot));
  };
  const found = async (store: SnapshotStore, query?: SnapshotQuery): Promise<readonly string[]> =>
    (await store.list(query)).items.map(({ snapshotId }) => snapshotId);
  /** `count` snapshots a second apart; the last is the latest. */
  const saveMany = async (store: SnapshotStore, count: number): Promise<void> => {
    for (let index = 0; index < count; index++) {
      const createdAt = new Date(Date.UTC(2026, 0, 1) + index * 1000).toISOString();
      await store.save(newSnapshot({ snapshotId: `s${index}`, createdAt }));
    }
  };

  describe("lists", () => {
    it("has nothing to list when it is new", async () => {
      await using store = await open();
      expect(await store.list()).toEqual({ items: [], nextCursor: null });
    });

    it("lists the latest first, whatever was saved first", async () => {
      await using store = await open();
      await saveAll(
        store,
        { snapshotId: "b", createdAt: "2026-01-02T00:00:00.000Z" },
        { snapshotId: "a", createdAt: "2026-01-03T00:00:00.000Z" },
        { snapshotId: "c", createdAt: "2026-01-01T00:00:00.000Z" },
      );
      expect(await found(store)).toEqual(["a", "b", "c"]);
    });

    it("lists those of one instant by id", async () => {
      await using store = await open();
      await saveAll(store, { snapshotId: "b" }, { snapshotId: "c" }, { snapshotId: "a" });
      expect(await found(store)).toEqual(["a", "b", "c"]);
    });

    it("compares times as instants, not as text", async () => {
      await using store = await open();
      await saveAll(
        store,
        { snapshotId: "first", createdAt: "2026-01-01T11:00:00+02:00" },
        { snapshotId: "third", createdAt: "2026-01-01T09:30:00.250000+00:00" },
        { snapshotId: "second", createdAt: "2026-01-01T09:30:00Z" },
        { snapshotId: "fourth", createdAt: "2026-01-01T05:00:00-05:00" },
      );
      expect(await found(store)).toEqual(["fourth", "third", "second", "first"]);
    });

    it("finds by run", async () => {
      await using store = await open();
      await saveAll(store, { snapshotId: "a", runId: "run-a" }, { runId: "run-ab" });
      expect(await found(store, { runId: "run-a" })).toEqual(["a"]);
      expect(await found(store, { runId: "run" })).toEqual([]);
    });

    it("finds by a whole tag, in any case", async () => {
      await using store = await open();
      await saveAll(
        store,
        { snapshotId: "a", tags: ["Prod", "invoice"] },
        { snapshotId: "b", tags: ["prod-eu"] },
        { snapshotId: "c", tags: ["ÉTÉ"] },
        { snapshotId: "d", name: "prod" },
      );
      expect(await found(store, { tag: "prod" })).toEqual(["a"]);
      expect(await found(store, { tag: "INVOICE" })).toEqual(["a"]);
      expect(await found(store, { tag: "été" })).toEqual(["c"]);
      expect(await found(store, { tag: "pro" })).toEqual([]);
    });

    it("finds by a part of name or description, in any case", async () => {
      await using store = await open();
      await saveAll(
        store,
        { snapshotId: "a", name: "Invoice:1" },
        { snapshotId: "b", name: "x", description: "the invoice of CAFÉ 100%_" },
        { snapshotId: "c", name: "y", tags: ["invoice"] },
      );
      expect(await found(store, { text: "INVOICE" })).toEqual(["a", "b"]);
      expect(await found(store, { text: "café" })).toEqual(["b"]);
      expect(await found(store, { text: "0%_" })).toEqual(["b"]);
      expect(await found(store, { text: "%" })).toEqual(["b"]);
      expect(await found(store, { text: "_" })).toEqual(["b"]);
      expect(await found(store, { text: "null" })).toEqual([]);
      expect(await found(store, { text: "x the" })).toEqual([]);
    });

    it("takes an empty text for no filter", async () => {
      await using store = await open();
      await saveAll(store, { snapshotId: "a", tags: ["t"] }, { snapshotId: "b" });
      expect(await found(store, { tag: "", text: "", runId: "" })).toEqual(["a", "b"]);
    });

    it("finds by all filters at once", async () => {
      await using store = await open();
      const wanted = { runId: "r", tags: ["prod"], name: "good" };
      await saveAll(
        store,
        { ...wanted, snapshotId: "a" },
        { ...wanted, runId: "other" },
        { ...wanted, tags: [] },
        { ...wanted, name: "bad" },
      );
      expect(await found(store, { runId: "r", tag: "prod", text: "goo" })).toEqual(["a"]);
    });

    it("counts the limit among what the filters let through", async () => {
      await using store = await open();
      await saveAll(store, {
        snapshotId: "wanted",
        name: "wanted",
        createdAt: "2020-01-01T00:00:00Z",
      });
      await saveMany(store, 6);
      expect(await found(store, { text: "wanted", limit: 3 })).toEqual(["wanted"]);
    });

    it("gives each snapshot once, page by page", async () => {
      await using store = await open();
      await saveMany(store, 4);
      await saveAll(store, { snapshotId: "t2" }, { snapshotId: "t1" }, { snapshotId: "t3" });
      const { items } = await store.list();
      expect((await store.list({ limit: 3 })).items).toEqual(items.slice(0, 3));
      expect(await listAll((cursor) => store.list({ limit: 3, ...cursor }))).toEqual(items);
      expect(await listAll((cursor) => store.list({ limit: 1, ...cursor }))).toEqual(items);
    });

    it("has no further page after the last full one", async () => {
      await using store = await open();
      await saveMany(store, 4);
      const first = await store.list({ limit: 2 });
      const second = await store.list({ limit: 2, cursor: first.nextCursor ?? "" });
      expect(second.items.length).toBe(2);
      expect(second.nextCursor).toBe(null);
    });

    it("goes on where a page ended, whatever was added and removed meanwhile", async () => {
      await using store = await open();
      await saveMany(store, 6);
      const { nextCursor } = await store.list({ limit: 3 });
      await store.delete("s5");
      await store.delete("s3");
      await saveAll(store, { snapshotId: "new", createdAt: "2026-02-01T00:00:00.000Z" });
      const { items } = await store.list({ limit: 3, cursor: nextCursor ?? "" });
      expect(items.map(({ snapshotId }) => snapshotId)).toEqual(["s2", "s1", "s0"]);
    });

    it("refuses limits and cursors that are none", async () => {
      await using store = await open();
      await saveMany(store, 2);
      for (const limit of [0, -1, 1.5, 1001, Number.NaN])
        expect([limit, await codeOf(store.list({ limit }))]).toEqual([limit, "invalid_argument"]);
      for (const cursor of ["", "x", "1"])
        expect([cursor, await codeOf(store.list({ cursor }))]).toEqual([
          cursor,
          "invalid_argument",
        ]);
    });
  });
}
