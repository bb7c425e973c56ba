import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { MemoryArtifactStore } from "../memory/memory-artifact-store.ts";
import { assertArtifactId, computeArtifactId } from "./artifact-id.ts";
import { artifactRef, getArtifactId, isArtifactRef } from "./artifact-ref.ts";
import { readArtifact } from "./read-artifact.ts";
import { resolveArtifact } from "./resolve-artifact.ts";
import { getJson, getText, putJson, putText } from "./text-and-json.ts";

interface Expected {
  readonly items: readonly { readonly artifact_id: string; readonly sha256: string }[];
  readonly id_validation: readonly { readonly id: string; readonly result: string }[];
  readonly is_artifact_ref: readonly (readonly [unknown, boolean])[];
}

const fixtures = new URL("../../../../fixtures/python-0.2.0/", import.meta.url);
const expected = JSON.parse(
  readFileSync(new URL("artifacts.expected.json", fixtures), "utf8"),
) as Expected;

const codeIs = (code: string) => expect.objectContaining({ code });

describe("artifact ids", () => {
  it.each(expected.items)("gives 0.2.0's content its id $artifact_id", ({ artifact_id }) => {
    const file = new URL(`artifacts/artifacts/${artifact_id}.bin`, fixtures);
    expect(computeArtifactId(readFileSync(file))).toBe(artifact_id);
  });

  const accepted = expected.id_validation.filter(({ id, result }) => {
    return result === "accepted" && !id.endsWith("\n");
  });
  const refused = expected.id_validation.filter((row) => !accepted.includes(row));

  it.each(accepted)("accepts $id as 0.2.0 does", ({ id }) => {
    expect(() => assertArtifactId(id)).not.toThrow();
  });

  it.each([...refused, { id: "" }, { id: "x".repeat(201) }, { id: 5 }, { id: null }])(
    "refuses $id, also the newline that 0.2.0 lets through (0.2.0 D50)",
    ({ id }) => {
      expect(() => assertArtifactId(id)).toThrow(codeIs("invalid_id"));
    },
  );
});

describe("artifact references", () => {
  it.each(expected.is_artifact_ref)("tells of %j whether it is one: %j", (value, isRef) => {
    expect(isArtifactRef(value)).toBe(isRef);
  });

  it.each([["x"], [["$artifact"]], [{ $artifact: 5 }], [Object.create({ $artifact: "x" })]])(
    "takes %j for no reference",
    (value) => {
      expect(isArtifactRef(value)).toBe(false);
    },
  );

  it("names its artifact", () => {
    expect(artifactRef("abc")).toEqual({ $artifact: "abc" });
    expect(getArtifactId(artifactRef("abc"))).toBe("abc");
  });

  it("resolves to metadata and content", async () => {
    const store = new MemoryArtifactStore();
    const metadata = await putText(store, "hello", { tags: { kind: "doc" } });
    const artifact = await resolveArtifact({ ...artifactRef(metadata.artifactId), more: 1 }, store);
    expect(artifact?.metadata).toEqual(metadata);
    expect(new TextDecoder().decode(artifact?.content)).toBe("hello");
  });

  it("resolves to null when it is no reference, or its artifact is gone", async () => {
    const store = new MemoryArtifactStore();
    expect(await resolveArtifact({ artifact: "x" }, store)).toBeNull();
    expect(await resolveArtifact(artifactRef("gone"), store)).toBeNull();
  });
});

describe("readArtifact", () => {
  it("reads content up to its largest size and refuses more", async () => {
    const store = new MemoryArtifactStore();
    const { artifactId } = await store.put(new Uint8Array(10));
    expect((await readArtifact(store, artifactId, { maxBytes: 10 })).byteLength).toBe(10);
    await expect(readArtifact(store, artifactId, { maxBytes: 9 })).rejects.toThrow(
      codeIs("value_too_large"),
    );
  });

  it("says so when there is none", async () => {
    const store = new MemoryArtifactStore();
    await expect(readArtifact(store, "gone")).rejects.toThrow(codeIs("artifact_not_found"));
  });
});

describe("text and JSON", () => {
  it("keeps text as UTF-8 under 0.2.0's type", async () => {
    const store = new MemoryArtifactStore();
    const text = "\uFEFFcafé ☕ 😀\r\n";
    const { artifactId, contentType } = await putText(store, text);
    expect(contentType).toBe("text/plain");
    expect(await getText(store, artifactId)).toBe(text);
  });

  it("keeps JSON compact, in its order, unescaped, under 0.2.0's type", async () => {
    const store = new MemoryArtifactStore();
    const value = { b: [1, null, "é"], a: { "": true } };
    const { artifactId, contentType } = await putJson(store, value, { runId: "run" });
    expect(contentType).toBe("application/json");
    expect(await getText(store, artifactId)).toBe('{"b":[1,null,"é"],"a":{"":true}}');
    expect(await getJson(store, artifactId)).toEqual(value);
    expect((await store.head(artifactId))?.runId).toBe("run");
  });

  it("takes another content type where one is given", async () => {
    const store = new MemoryArtifactStore();
    const { contentType } = await putText(store, "# hi", { contentType: "text/markdown" });
    expect(contentType).toBe("text/markdown");
  });

  it("refuses what UTF-8 and JSON can't say", async () => {
    const store = new MemoryArtifactStore();
    const notJson = { a: [Number.NaN] };
    await expect(putText(store, "\ud800")).rejects.toThrow(codeIs("invalid_json_value"));
    await expect(putJson(store, notJson)).rejects.toThrow(codeIs("invalid_json_value"));
    expect((await store.list()).items).toEqual([]);
  });

  it("says so when content is no text, or no JSON", async () => {
    const store = new MemoryArtifactStore();
    const binary = await store.put(Uint8Array.from([0xff, 0xfe, 0xfa]));
    const text = await putText(store, "NaN");
    await expect(getText(store, binary.artifactId)).rejects.toThrow(codeIs("invalid_argument"));
    await expect(getJson(store, text.artifactId)).rejects.toThrow(codeIs("invalid_json_value"));
  });
});
