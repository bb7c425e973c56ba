import { deepStrictEqual } from "node:assert";
import fc from "fast-check";
import { it } from "vitest";
import { anyJson, anyJsonObject, anyKey } from "../../test/arbitrary-json.ts";
import type { JsonValue } from "./json-value.ts";
import { applyPatch, type PatchOperation } from "./patch.ts";
import { isPrototypeKey } from "./prototype-keys.ts";

type Container = Record<string, JsonValue> | JsonValue[];

/** A change by chance: how far down it goes, which way, and what it does there. */
interface Change {
  readonly depth: number;
  readonly pick: number;
  readonly op: PatchOperation["op"];
  readonly key: string;
  readonly value: JsonValue;
}

const anyChange: fc.Arbitrary<Change> = fc.record({
  depth: fc.nat(3),
  pick: fc.nat(9),
  op: fc.constantFrom("add", "replace", "remove"),
  key: anyKey.filter((key) => !isPrototypeKey(key)),
  value: anyJson,
});

/** Make the change in place, in the plainest way, and say it as an operation; `undefined` if there is nothing to change. */
function change(document: Container, how: Change): PatchOperation | undefined {
  let target = document;
  let path = "";
  for (let level = 0; level < how.depth; level++) {
    const key = existing(target, how.pick);
    const child = key === undefined ? null : (target as Record<string, JsonValue>)[key];
    if (typeof child !== "object" || child === null) break;
    target = child as Container;
    path += pointer(key);
  }
  const key = how.op === "add" ? fresh(target, how) : existing(target, how.pick);
  if (key === undefined) return undefined;
  const { op } = how;
  const value = structuredClone(how.value);
  if (op === "remove") remove(target, key);
  else if (op === "add" && Array.isArray(target)) target.splice(Number(key), 0, value);
  else (target as Record<string, JsonValue>)[key] = value;
  path += pointer(key);
  return op === "remove" ? { op, path } : { op, path, value: how.value };
}

function existing(target: Container, pick: number): string | undefined {
  const keys = Object.keys(target).filter((key) => !isPrototypeKey(key));
  return keys[pick % keys.length];
}

function fresh(target: Container, { key, pick }: Change): string {
  return Array.isArray(target) ? `${pick % (target.length + 1)}` : key;
}

function remove(target: Container, key: string): void {
  if (Array.isArray(target)) target.splice(Number(key), 1);
  else Reflect.deleteProperty(target, key);
}

function pointer(key: string | undefined): string {
  return `/${(key ?? "").replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

it("makes the changed document of the document and its changes, and changes neither", () => {
  fc.assert(
    fc.property(anyJsonObject, fc.array(anyChange, { maxLength: 6 }), (base, changes) => {
      const changed = structuredClone(base) as Record<string, JsonValue>;
      const patch = changes.flatMap((how) => change(changed, how) ?? []);
      const before = structuredClone({ base, patch });
      deepStrictEqual(applyPatch(base, patch), changed);
      deepStrictEqual({ base, patch }, before);
    }),
  );
});
