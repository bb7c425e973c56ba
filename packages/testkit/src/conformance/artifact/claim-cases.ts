import type { ArtifactStore } from "@abstractruntime/core/store";
import type { ArtifactStoreHarness } from "../artifact-store.ts";
import { codeOf } from "../fixtures/code-of.ts";
import type { TestRunner } from "../runner.ts";
import { bytes, read, readText } from "./content.ts";

const dayMs = 24 * 60 * 60 * 1000;

/** Who put an artifact, what each said of it, and how long it lives. */
export function claimCases(
  { open }: ArtifactStoreHarness,
  { describe, it, expect }: TestRunner,
): void {
  const idsOf = async (store: ArtifactStore, runId: string): Promise<readonly string[]> =>
    (await store.list({ runId })).items.map(({ artifactId }) => artifactId);

  describe("claims", () => {
    it("has defaults for what is not said", async () => {
      await using store = await open();
      const { createdAt, ...metadata } = await store.put(bytes("hello"));
      expect(metadata).toEqual({
        artifactId: "2cf24dba5fb0a30e26e83b2ac5b9e29e",
        contentType: "application/octet-stream",
        sizeBytes: 5,
        runId: null,
        tags: {},
      });
      expect(Number.isNaN(Date.parse(createdAt))).toBe(false);
    });

    it("keeps what is said of an artifact", async () => {
      await using store = await open();
      const tags = { kind: "doc", empty: "", "clé ☕": "été", constructor: "c" };
      const put = await store.put(bytes("x"), { contentType: "text/markdown", runId: "a", tags });
      expect(put.contentType).toBe("text/markdown");
      expect(put.runId).toBe("a");
      expect(put.tags).toEqual(tags);
      expect(await store.head(put.artifactId)).toEqual(put);
      expect((await store.list()).items).toEqual([put]);
    });

    it("refuses tags, types and runs that are no texts", async () => {
      await using store = await open();
      const tags = JSON.parse('{"n": 1}') as Record<string, string>;
      expect(await codeOf(store.put(bytes("x"), { tags }))).toBe("invalid_argument");
      expect(await codeOf(store.put(bytes("x"), { contentType: "" }))).toBe("invalid_argument");
      expect(await codeOf(store.put(bytes("x"), { runId: "" }))).toBe("invalid_argument");
      expect((await store.list()).items).toEqual([]);
    });

    it("stores the same content once", async () => {
      await using store = await open();
      const first = await store.put(bytes("same"), { runId: "a" });
      const second = await store.put(bytes("same"), { runId: "b" });
      expect(second.artifactId).toBe(first.artifactId);
      expect(second.createdAt).toBe(first.createdAt);
      expect((await store.list()).items.length).toBe(1);
    });

    it("lets no run take an artifact away from another", async () => {
      await using store = await open();
      const a = await store.put(bytes("same"), {
        runId: "a",
        contentType: "text/plain",
        tags: { of: "a" },
      });
      const b = await store.put(bytes("same"), {
        runId: "b",
        contentType: "text/html",
        tags: { of: "b" },
      });
      expect((await store.list({ runId: "a" })).items).toEqual([a]);
      expect((await store.list({ runId: "b" })).items).toEqual([b]);
      expect((await store.list({ tags: { of: "a" } })).items).toEqual([a]);
      expect((await store.list({ contentType: "text/html" })).items).toEqual([b]);
      expect(await store.head(a.artifactId)).toEqual(a);
    });

    it("renews the claim of a run that puts the same content again", async () => {
      await using store = await open();
      await store.put(bytes("same"), { runId: "a", tags: { draft: "yes" } });
      await store.put(bytes("same"), { runId: "b" });
      const again = await store.put(bytes("same"), { runId: "a", tags: { final: "yes" } });
      expect((await store.list({ runId: "a" })).items).toEqual([again]);
      expect((await store.list({ tags: { draft: "yes" } })).items).toEqual([]);
      expect((await store.head(again.artifactId))?.runId).toBe("a");
    });

    it("never mixes what two runs said when it searches", async () => {
      await using store = await open();
      await store.put(bytes("same"), { runId: "a", tags: { of: "a" } });
      await store.put(bytes("same"), { runId: "b", contentType: "text/html" });
      expect((await store.list({ runId: "a", contentType: "text/html" })).items).toEqual([]);
      expect((await store.list({ runId: "b", tags: { of: "a" } })).items).toEqual([]);
    });

    it("keeps shared content until the last run gives it up", async () => {
      await using store = await open();
      const { artifactId } = await store.put(bytes("same"), { runId: "a" });
      await store.put(bytes("same"), { runId: "b" });
      await store.put(bytes("own"), { runId: "a" });
      expect(await store.releaseRun("a")).toBe(1);
      expect(await readText(store, artifactId)).toBe("same");
      expect(await idsOf(store, "a")).toEqual([]);
      expect(await idsOf(store, "b")).toEqual([artifactId]);
      expect((await store.head(artifactId))?.runId).toBe("b");
      expect(await store.releaseRun("b")).toBe(1);
      expect(await codeOf(read(store, artifactId))).toBe("artifact_not_found");
      expect((await store.list()).items).toEqual([]);
    });

    it("keeps what nobody in particular put until it is deleted", async () => {
      await using store = await open();
      const { artifactId } = await store.put(bytes("same"));
      await store.put(bytes("same"), { runId: "a" });
      expect(await store.releaseRun("a")).toBe(0);
      expect(await readText(store, artifactId)).toBe("same");
      expect(await store.delete(artifactId)).toBe(true);
    });

    it("gives up nothing twice, and nothing of a run that put nothing", async () => {
      await using store = await open();
      await store.put(bytes("x"), { runId: "a" });
      expect(await store.releaseRun("b")).toBe(0);
      expect(await store.releaseRun("a")).toBe(1);
      expect(await store.releaseRun("a")).toBe(0);
    });

    it("keeps content that was put lately, also when nobody claims it any more", async () => {
      await using store = await open({ graceMs: dayMs });
      const { artifactId } = await store.put(bytes("same"), { runId: "a", contentType: "a/b" });
      expect(await store.releaseRun("a")).toBe(0);
      expect(await readText(store, artifactId)).toBe("same");
      expect(await idsOf(store, "a")).toEqual([]);
      expect((await store.head(artifactId))?.runId).toBe(null);
      const again = await store.put(bytes("same"), { runId: "b" });
      expect(again.artifactId).toBe(artifactId);
      expect(await idsOf(store, "b")).toEqual([artifactId]);
    });

    it("removes an artifact for everybody when it is deleted", async () => {
      await using store = await open();
      const { artifactId } = await store.put(bytes("same"), { runId: "a" });
      await store.put(bytes("same"), { runId: "b" });
      await store.put(bytes("other"), { runId: "b" });
      expect(await store.delete(artifactId)).toBe(true);
      expect(await store.delete(artifactId)).toBe(false);
      expect(await store.head(artifactId)).toBe(undefined);
      expect(await codeOf(read(store, artifactId))).toBe("artifact_not_found");
      expect(await idsOf(store, "a")).toEqual([]);
      expect((await idsOf(store, "b")).length).toBe(1);
    });

    it("takes all of many runs that put the same content at once", async () => {
      await using store = await open();
      const runs = Array.from({ length: 12 }, (_, index) => `run-${index}`);
      const put = await Promise.all(runs.map((runId) => store.put(bytes("same"), { runId })));
      expect(new Set(put.map(({ artifactId }) => artifactId)).size).toBe(1);
      for (const runId of runs) expect((await idsOf(store, runId)).length).toBe(1);
      await Promise.all(runs.slice(1).map((runId) => store.releaseRun(runId)));
      expect((await store.list()).items.map(({ runId }) => runId)).toEqual(["run-0"]);
    });

    it("lets one of two different contents win an id that both want at once", async () => {
      await using store = await open();
      const contents = ["one", "two"];
      const ends = await Promise.all(
        contents.map((content) => codeOf(store.put(bytes(content), { artifactId: "mine" }))),
      );
      expect(ends.toSorted()).toEqual(["artifact_exists", "nothing thrown"]);
      expect(await readText(store, "mine")).toBe(contents[ends.indexOf("nothing thrown")]);
    });
  });
}
