import type { ArtifactMetadata, ArtifactStore } from "@abstractruntime/core/store";
import type { ArtifactStoreHarness } from "../artifact-store.ts";
import { codeOf } from "../fixtures/code-of.ts";
import { listAll } from "../fixtures/list-all.ts";
import { isBefore } from "../fixtures/newest-first.ts";
import type { TestRunner } from "../runner.ts";
import { bytes } from "./content.ts";

/** Searching, order and pages. */
export function listCases(
  { open }: ArtifactStoreHarness,
  { describe, it, expect }: TestRunner,
): void {
  const putMany = async (store: ArtifactStore, count: number): Promise<readonly string[]> => {
    const ids: string[] = [];
    for (let index = 0; index < count; index++)
      ids.push((await store.put(bytes(`content ${index}`))).artifactId);
    return ids;
  };
  const inOrder = (items: readonly ArtifactMetadata[]): readonly ArtifactMetadata[] =>
    items.toSorted((a, b) =>
      isBefore(
        { createdAt: a.createdAt, id: a.artifactId },
        { createdAt: b.createdAt, id: b.artifactId },
      )
        ? -1
        : 1,
    );

  describe("lists", () => {
    it("has nothing to list when it is new", async () => {
      await using store = await open();
      expect(await store.list()).toEqual({ items: [], nextCursor: null });
    });

    it("lists the latest first, ties by id", async () => {
      await using store = await open();
      await putMany(store, 7);
      const { items } = await store.list();
      expect(items.length).toBe(7);
      expect(items).toEqual(inOrder(items));
    });

    it("finds by all filters at once", async () => {
      await using store = await open();
      const tags = { kind: "doc", lang: "en" };
      const wanted = await store.put(bytes("1"), { runId: "a", contentType: "text/plain", tags });
      await store.put(bytes("2"), { runId: "b", contentType: "text/plain", tags });
      await store.put(bytes("3"), { runId: "a", contentType: "text/html", tags });
      await store.put(bytes("4"), { runId: "a", contentType: "text/plain", tags: { kind: "doc" } });
      const query = { runId: "a", contentType: "text/plain", tags };
      expect((await store.list(query)).items).toEqual([wanted]);
      expect((await store.list({ ...query, tags: {} })).items.length).toBe(2);
      expect((await store.list({ contentType: "text" })).items).toEqual([]);
      expect((await store.list({ tags: { kind: "do" } })).items).toEqual([]);
      expect((await store.list({ tags: { kind: "Doc" } })).items).toEqual([]);
      expect((await store.list({ tags: { toString: "x" } })).items).toEqual([]);
    });

    it("counts the limit among what the filters let through", async () => {
      await using store = await open();
      const wanted = await store.put(bytes("wanted"), { tags: { kind: "doc" } });
      await putMany(store, 6);
      expect((await store.list({ tags: { kind: "doc" }, limit: 3 })).items).toEqual([wanted]);
    });

    it("gives each artifact once, page by page", async () => {
      await using store = await open();
      await putMany(store, 7);
      const all = (await store.list()).items;
      const first = await store.list({ limit: 3 });
      expect(first.items).toEqual(all.slice(0, 3));
      expect(await listAll((cursor) => store.list({ limit: 3, ...cursor }))).toEqual(all);
      expect(await listAll((cursor) => store.list({ limit: 1, ...cursor }))).toEqual(all);
    });

    it("has no further page after the last full one", async () => {
      await using store = await open();
      await putMany(store, 4);
      const first = await store.list({ limit: 2 });
      const second = await store.list({ limit: 2, cursor: first.nextCursor ?? "" });
      expect(second.items.length).toBe(2);
      expect(second.nextCursor).toBe(null);
    });

    it("goes on where a page ended, whatever was added and removed meanwhile", async () => {
      await using store = await open();
      await putMany(store, 6);
      const all = (await store.list()).items;
      const first = await store.list({ limit: 3 });
      const [gone, , last] = first.items;
      await store.delete(gone?.artifactId ?? "");
      await store.delete(last?.artifactId ?? "");
      const rest = await store.list({ limit: 3, cursor: first.nextCursor ?? "" });
      expect(rest.items).toEqual(all.slice(3));
    });

    it("gives 100 where nobody says how many", async () => {
      await using store = await open();
      await putMany(store, 101);
      const { items, nextCursor } = await store.list();
      expect(items.length).toBe(100);
      expect((await store.list({ cursor: nextCursor ?? "" })).items.length).toBe(1);
      expect((await store.list({ limit: 1000 })).items.length).toBe(101);
    });

    it("refuses limits and cursors that are none", async () => {
      await using store = await open();
      await putMany(store, 2);
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
