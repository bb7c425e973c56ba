import { artifactIdOfHash, computeArtifactId } from "@abstractruntime/core/store";
import type { ArtifactStoreHarness } from "../artifact-store.ts";
import { codeOf } from "../fixtures/code-of.ts";
import type { TestRunner } from "../runner.ts";
import { bytes, read, readText, stream } from "./content.ts";

const helloHash = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
const badIds = ["", " ", "a b", "a/b", "../x", "abc\n", ".x", "é", "a\u0000", "x".repeat(201)];

/** What goes in comes out, under the id that it should have. */
export function contentCases(
  { open, damage }: ArtifactStoreHarness,
  { describe, it, expect }: TestRunner,
): void {
  describe("content", () => {
    it("gives back every byte that was put", async () => {
      await using store = await open();
      const content = Uint8Array.from({ length: 256 }, (_, index) => index);
      const { artifactId, sizeBytes } = await store.put(content);
      expect(sizeBytes).toBe(256);
      expect([...(await read(store, artifactId))]).toEqual([...content]);
    });

    it("keeps empty content", async () => {
      await using store = await open();
      const { artifactId, sizeBytes } = await store.put(new Uint8Array());
      expect(sizeBytes).toBe(0);
      expect((await read(store, artifactId)).length).toBe(0);
      expect((await store.head(artifactId))?.sizeBytes).toBe(0);
    });

    it("names content by the first 32 hex digits of its SHA-256", async () => {
      await using store = await open();
      const { artifactId } = await store.put(bytes("hello"));
      expect(artifactId).toBe(artifactIdOfHash(helloHash));
      expect(artifactId).toBe(computeArtifactId(bytes("hello")));
    });

    it("takes a stream for the same artifact as its bytes in one piece", async () => {
      await using store = await open();
      const whole = await store.put(bytes("hello"));
      const streamed = await store.put(stream(bytes("he"), new Uint8Array(), bytes("llo")));
      expect(streamed.artifactId).toBe(whole.artifactId);
      expect(streamed.sizeBytes).toBe(5);
      expect(await readText(store, streamed.artifactId)).toBe("hello");
    });

    it("keeps a stream of some megabytes", async () => {
      await using store = await open();
      const pieces = Array.from({ length: 48 }, (_, index) => new Uint8Array(65_536).fill(index));
      const { artifactId, sizeBytes } = await store.put(stream(...pieces));
      expect(sizeBytes).toBe(48 * 65_536);
      const content = await read(store, artifactId);
      expect(computeArtifactId(content)).toBe(artifactId);
    });

    it("stores nothing when the stream breaks", async () => {
      await using store = await open();
      const broken = async function* (): AsyncIterable<Uint8Array> {
        yield bytes("hel");
        throw new RangeError("the line went dead");
      };
      expect(await codeOf(store.put(broken(), { artifactId: "mine" }))).toBe("RangeError");
      expect(await store.head("mine")).toBe(undefined);
      expect((await store.list()).items).toEqual([]);
      const { artifactId } = await store.put(bytes("good"), { artifactId: "mine" });
      expect(await readText(store, artifactId)).toBe("good");
    });

    it("keeps its content when the caller's buffer changes later", async () => {
      await using store = await open();
      const given = bytes("hello");
      const { artifactId } = await store.put(given);
      given.fill(0);
      expect(await readText(store, artifactId)).toBe("hello");
    });

    it("keeps its content when a reader changes what it got", async () => {
      await using store = await open();
      const { artifactId } = await store.put(bytes("hello"));
      for await (const piece of store.open(artifactId)) piece.fill(0);
      expect(await readText(store, artifactId)).toBe("hello");
    });

    it("notices content that is not what was put", async (context) => {
      if (damage === undefined) {
        context?.skip?.("nobody can change its content");
        return;
      }
      await using store = await open();
      const byHash = await store.put(bytes("hello"));
      const byName = await store.put(bytes("good day"), { artifactId: "mine" });
      await damage(store, byHash.artifactId);
      await damage(store, byName.artifactId);
      expect(await codeOf(read(store, byHash.artifactId))).toBe("store_corrupt");
      expect(await codeOf(read(store, byName.artifactId))).toBe("store_corrupt");
    });

    it("says artifact_not_found for an id that names nothing", async () => {
      await using store = await open();
      expect(await codeOf(read(store, "0".repeat(32)))).toBe("artifact_not_found");
      expect(await store.head("0".repeat(32))).toBe(undefined);
      expect(await store.delete("0".repeat(32))).toBe(false);
    });

    it("takes an id of the caller's own", async () => {
      await using store = await open();
      const { artifactId } = await store.put(bytes("hello"), { artifactId: "Report_2026-03" });
      expect(artifactId).toBe("Report_2026-03");
      expect(await readText(store, "Report_2026-03")).toBe("hello");
      expect((await store.head("Report_2026-03"))?.artifactId).toBe("Report_2026-03");
    });

    it("never puts other content under an id that is taken", async () => {
      await using store = await open();
      await store.put(bytes("first"), { artifactId: "mine" });
      const again = store.put(bytes("other"), { artifactId: "mine", contentType: "text/html" });
      expect(await codeOf(again)).toBe("artifact_exists");
      expect(await readText(store, "mine")).toBe("first");
      expect((await store.head("mine"))?.contentType).toBe("application/octet-stream");
      expect(await codeOf(store.put(bytes("first"), { artifactId: "mine" }))).toBe(
        "nothing thrown",
      );
    });

    it("refuses ids that are no file names", async () => {
      await using store = await open();
      for (const artifactId of badIds) {
        expect([artifactId, await codeOf(store.put(bytes("x"), { artifactId }))]).toEqual([
          artifactId,
          "invalid_id",
        ]);
      }
      expect((await store.list()).items).toEqual([]);
    });

    it("finds nothing under ids that are no file names", async () => {
      await using store = await open();
      await store.put(bytes("x"));
      for (const artifactId of badIds) {
        expect(await store.head(artifactId)).toBe(undefined);
        expect(await codeOf(read(store, artifactId))).toBe("artifact_not_found");
        expect(await store.delete(artifactId)).toBe(false);
      }
      expect((await store.list()).items.length).toBe(1);
    });
  });
}
