import { deepStrictEqual } from "node:assert";
import fc from "fast-check";
import { create } from "mutative";
import { it } from "vitest";
import { anyJson, anyJsonObject, anyKey } from "../../test/arbitrary-json.ts";
import type { JsonObject, JsonValue } from "./json-value.ts";
import { isPrototypeKey } from "./prototype-keys.ts";
import { applyPatch, type Patch } from "./patch.ts";

type Draft = Record<string, JsonValue> | JsonValue[];
interface Mutation {
  readonly kind: number;
  readonly pick: number;
  readonly descend: number;
  readonly key: string;
  readonly value: JsonValue;
}

const anyMutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.nat(3),
  pick: fc.nat(9),
  descend: fc.nat(3),
  // Mutative records the removal of an inherited key such as toString, which is none.
  key: anyKey.filter((key) => !(key in {})),
  value: anyJson,
});

/** Goes down into the document by chance and changes what it finds there. */
function mutate(root: Draft, { kind, pick, descend, key, value }: Mutation): void {
  let target = root;
  for (let level = 0; level < descend; level++) {
    const keys = Object.keys(target).filter((name) => !isPrototypeKey(name));
    const child = (target as Record<string, JsonValue>)[keys[pick % keys.length] ?? ""];
    if (typeof child !== "object" || child === null) break;
    target = child as Draft;
  }
  if (Array.isArray(target)) mutateList(target, { kind, pick, descend, key, value });
  else if (kind === 0) delete target[key];
  else target[key] = value;
}

function mutateList(list: JsonValue[], { kind, pick, value }: Mutation): void {
  const index = pick % (list.length + 1);
  if (kind === 0) list.push(value);
  else if (kind === 1) list.splice(index, 1);
  else if (kind === 2) list.splice(index, 0, value);
  else list.reverse();
}

it("makes the changed document of what changed and how it changed", () => {
  fc.assert(
    fc.property(anyJsonObject, fc.array(anyMutation, { maxLength: 6 }), (base, mutations) => {
      const before = structuredClone(base);
      const [after, patches] = create(
        base as Record<string, unknown>,
        (draft) => {
          for (const mutation of mutations) mutate(draft as Draft, structuredClone(mutation));
        },
        { enablePatches: { pathAsArray: false, arrayLengthAssignment: false } },
      );
      deepStrictEqual(applyPatch(base, patches as unknown as Patch), after as JsonObject); // its patches are typed loosely
      deepStrictEqual(base, before);
    }),
  );
});
