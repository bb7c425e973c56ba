import { MemoryArtifactStore, MemoryStore } from "@abstractruntime/core";
import {
  foldRun,
  type DurableStore,
  type JsonObject,
  type JsonValue,
} from "@abstractruntime/core/store";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { digestPayloads, encrypt, redact } from "../src/index.ts";
import { newKey } from "./support/new-key.ts";
import { changed, storeWorld } from "./support/store-world.ts";

const keys = { current: "k1", keys: { k1: newKey() } };

const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 8 }),
  fc.constantFrom("", "$encrypted:", "$$encrypted:x y z", "$digest:0 a 1", "$erased:", "😀", "\0"),
);
const number = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(-0, 1e16, 4.5e-5, 2 ** 53, 5e-324),
);
const key = fc.oneof(text, fc.constantFrom("9", "10", "a", "b", "~1/~0", "toString", "_limits"));
const { value, object } = fc.letrec<{ value: JsonValue; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constant(null),
    fc.boolean(),
    text,
    number,
    fc.array(tie("value"), { maxLength: 4 }),
    tie("object"),
  ),
  object: fc.dictionary(key, tie("value"), { maxKeys: 4, noNullPrototype: true }),
}));

describe("any JSON", () => {
  it.each<[string, (inner: DurableStore) => DurableStore]>([
    ["encrypt", (inner) => encrypt(inner, { keys, cachedRuns: 1 })],
    ["digestPayloads", (inner) => digestPayloads(inner, { payloads: new MemoryArtifactStore() })],
    [
      "both",
      (inner) => encrypt(digestPayloads(inner, { payloads: new MemoryArtifactStore() }), { keys }),
    ],
    ["redact without secrets", (inner) => redact(inner, { secrets: [] })],
  ])("comes back from %s as it was, however it was changed", (_what, decorate) =>
    fc.assert(
      fc.asyncProperty(
        object,
        fc.array(fc.tuple(fc.nat(), value), { maxLength: 5 }),
        async (first, edits) => {
          const inner = new MemoryStore();
          const store = decorate(inner);
          const { start, read, commit } = storeWorld(store);
          const { runId } = (await start(first)).run;
          expect((await read(runId)).run.vars).toEqual(first);
          for (const [where, next] of edits) {
            const paths = placesIn((await read(runId)).run.vars);
            const path = paths[where % paths.length] ?? "/a";
            const change = await commit(runId, changed({ op: "add", path, value: next }));
            expect((await read(runId)).run).toEqual(change.run);
            expect(await store.records(runId, { after: change.run.seq - 1 })).toEqual(
              change.records,
            );
            expect(foldRun(await inner.records(runId))).toEqual((await inner.load(runId))?.run);
          }
        },
      ),
      { numRuns: 100 },
    ),
  );
});

const reserved = new Set(["__proto__", "constructor", "prototype"]);

/** JSON Pointers to all places of a document that a value may be put to. */
function placesIn(document: JsonValue, at = ""): readonly string[] {
  if (typeof document !== "object" || document === null) return [];
  const entries = Object.entries(document as JsonObject).filter(([name]) => !reserved.has(name));
  const own = [...entries.map(([name]) => name), Array.isArray(document) ? "-" : "new"];
  const pointers = own.map((name) => `${at}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`);
  const inside = entries.flatMap(([, member], index) => placesIn(member, pointers[index] ?? ""));
  return [...pointers, ...inside];
}
