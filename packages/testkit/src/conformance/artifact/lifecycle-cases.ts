import type { ArtifactStoreHarness } from "../artifact-store.ts";
import { codeOf } from "../fixtures/code-of.ts";
import type { TestRunner } from "../runner.ts";
import { bytes, read, readText } from "./content.ts";

/** Opening again, closing, and giving up. */
export function lifecycleCases(
  { open, reopen }: ArtifactStoreHarness,
  { describe, it, expect }: TestRunner,
): void {
  describe("lifecycle", () => {
    it("has everything again when it is opened again", async (context) => {
      if (reopen === undefined) {
        context?.skip?.("nothing outlives its closing");
        return;
      }
      const before = await open();
      const tags = { kind: "doc" };
      const a = await before.put(bytes("same"), { runId: "a", contentType: "text/plain", tags });
      const b = await before.put(bytes("same"), { runId: "b" });
      const mine = await before.put(bytes("named"), { runId: "b", artifactId: "mine" });
      await using store = await reopen(before);
      expect(await readText(store, a.artifactId)).toBe("same");
      expect(await readText(store, "mine")).toBe("named");
      expect((await store.list({ runId: "a" })).items).toEqual([a]);
      expect(await store.head(mine.artifactId)).toEqual(mine);
      expect(await store.releaseRun("a")).toBe(0);
      expect(await store.head(b.artifactId)).toEqual(b);
      expect(await store.releaseRun("b")).toBe(2);
    });

    it("still knows an artifact that it has when it is opened again", async (context) => {
      if (reopen === undefined) {
        context?.skip?.("nothing outlives its closing");
        return;
      }
      const before = await open();
      const { createdAt } = await before.put(bytes("same"), { runId: "a" });
      await before.put(bytes("one"), { artifactId: "mine" });
      await using store = await reopen(before);
      expect((await store.put(bytes("same"), { runId: "b" })).createdAt).toBe(createdAt);
      const other = store.put(bytes("two"), { artifactId: "mine" });
      expect(await codeOf(other)).toBe("artifact_exists");
    });

    it("refuses everything once it is closed, and closes twice", async () => {
      const store = await open();
      const { artifactId } = await store.put(bytes("x"));
      await store.close();
      await store.close();
      expect(await codeOf(store.put(bytes("y")))).toBe("store_closed");
      expect(await codeOf(store.head(artifactId))).toBe("store_closed");
      expect(await codeOf(read(store, artifactId))).toBe("store_closed");
      expect(await codeOf(store.list())).toBe("store_closed");
      expect(await codeOf(store.delete(artifactId))).toBe("store_closed");
      expect(await codeOf(store.releaseRun("a"))).toBe("store_closed");
    });

    it("gives up at once when its signal is aborted already", async () => {
      await using store = await open();
      const signal = AbortSignal.abort(new RangeError("enough"));
      expect(await codeOf(store.put(bytes("x"), {}, { signal }))).toBe("RangeError");
      expect(await codeOf(store.list({}, { signal }))).toBe("RangeError");
      expect((await store.list()).items).toEqual([]);
    });
  });
}
