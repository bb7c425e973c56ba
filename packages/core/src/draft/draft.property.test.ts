import { deepStrictEqual } from "node:assert";
import fc from "fast-check";
import { it } from "vitest";
import { anyJson, anyJsonObject, anyKey } from "../../test/arbitrary-json.ts";
import { copyJson } from "../json/copy-json.ts";
import { deepFreeze } from "../json/deep-freeze.ts";
import type { JsonObject, JsonValue } from "../json/json-value.ts";
import { applyPatch } from "../json/patch.ts";
import { draftVars } from "../step/draft-vars.ts";

type Container = Record<string, unknown> | unknown[];

/** One thing that a handler does. What its numbers mean depends on what it meets. */
interface Move {
  readonly verb: string;
  readonly at: number;
  readonly index: number;
  readonly count: number;
  readonly key: string;
  /** What is put in: something that the handler holds, or something new. */
  readonly put: number | { readonly value: JsonValue };
}

/** The objects and lists that a handler has in its hands, be they still in the document or not. */
class Hands {
  readonly held: Container[];

  constructor(root: Container) {
    this.held = [root];
  }

  pick(number: number): Container {
    return this.held[number % this.held.length] ?? [];
  }

  take<Value>(value: Value): Value {
    if (isContainer(value)) this.held.push(value);
    return value;
  }

  put({ put }: Move): unknown {
    return typeof put === "number" ? this.pick(put) : this.take(structuredClone(put.value));
  }
}

type Verb = (target: Container, move: Move, hands: Hands) => void;
type ListVerb = (list: unknown[], move: Move, hands: Hands) => void;

const verbs: ReadonlyMap<string, Verb> = new Map<string, Verb>([
  ["open", (target, move, hands) => hands.take(read(target, keyOf(target, move)))],
  ["write", (target, move, hands) => write(target, keyOf(target, move), hands.put(move))],
  ["unset", ofObjects((target, move) => write(target, keyOf(target, move), undefined))],
  ["delete", ofObjects((target, move) => Reflect.deleteProperty(target, keyOf(target, move)))],
  ["swap", swap],
  ["renew", renew],
  ["push", ofLists((list, move, hands) => list.push(hands.put(move), move.count))],
  ["pop", ofLists((list, _move, hands) => hands.take(list.pop()))],
  ["shift", ofLists((list, _move, hands) => hands.take(list.shift()))],
  ["unshift", ofLists((list, move, hands) => list.unshift(hands.put(move), move.count))],
  ["splice", ofLists(splice)],
  ["cut", ofLists((list, { index }, hands) => list.splice(index).map((item) => hands.take(item)))],
  ["reverse", ofLists((list) => list.reverse())], // oxlint-disable-line unicorn/no-array-reverse -- the case
  ["sort", ofLists((list) => list.sort((one, two) => rank(one) - rank(two)))], // oxlint-disable-line unicorn/no-array-sort -- the case
  ["fill", ofLists((list, move, hands) => list.fill(hands.put(move), move.index, move.count))],
  ["copyWithin", ofLists((list, { index, count }) => list.copyWithin(index, count))],
  ["shorten", ofLists((list, { count }) => (list.length = Math.min(list.length, count)))],
]);

/** Holes are not JSON and have their own tests: a verb that makes them passes lists by. */
function ofObjects(verb: Verb): Verb {
  return (target, move, hands) => Array.isArray(target) || verb(target, move, hands);
}

function ofLists(verb: ListVerb): Verb {
  return (target, move, hands) => Array.isArray(target) && verb(target, move, hands);
}

function splice(list: unknown[], move: Move, hands: Hands): void {
  for (const item of list.splice(move.index - 2, move.count, hands.put(move))) hands.take(item);
}

function swap(target: Container, move: Move): void {
  const one = keyOf(target, move);
  const two = keyOf(target, { ...move, index: move.count });
  const [first, second] = [read(target, one), read(target, two)];
  if (Array.isArray(target) && (first === undefined || second === undefined)) return;
  write(target, one, second);
  write(target, two, first);
}

/** The style of those who never change what they have. */
function renew(target: Container, move: Move, hands: Hands): void {
  const key = keyOf(target, move);
  const old = read(target, key);
  if (Array.isArray(old))
    write(target, key, [...old.filter((_, index) => index !== move.count), hands.put(move)]);
  else if (isContainer(old)) write(target, key, { ...(old as object), new: hands.put(move) });
}

/** A key that is there, or the next one. Keys are sorted because their order has no meaning. */
function keyOf(target: Container, { index, key }: Move): string {
  if (Array.isArray(target)) return `${index % (target.length + 1)}`;
  const keys = Object.keys(target).toSorted();
  return keys[index % (keys.length + 1)] ?? key;
}

function read(target: Container, key: string): unknown {
  return Object.hasOwn(target, key) ? (target as Record<string, unknown>)[key] : undefined;
}

/** In a plain object an assignment to `__proto__` is none. */
function write(target: Container, key: string, value: unknown): void {
  const how = { value, writable: true, enumerable: true, configurable: true };
  if (key === "__proto__") Object.defineProperty(target, key, how);
  else (target as Record<string, unknown>)[key] = value;
}

function rank(value: unknown): number {
  return isContainer(value) ? Object.keys(value).length : String(value).length;
}

function isContainer(value: unknown): value is Container {
  return typeof value === "object" && value !== null;
}

const anyBase: fc.Arbitrary<JsonObject> = fc
  .record({
    base: anyJsonObject,
    list: fc.array(anyJson, { maxLength: 20 }),
    rows: fc.array(anyJsonObject, { maxLength: 20 }),
    matrix: fc.array(fc.array(anyJson, { maxLength: 3 }), { maxLength: 3 }),
  })
  .map(({ base, ...lists }) => ({ ...base, ...lists }));

const anyMove: fc.Arbitrary<Move> = fc.record({
  verb: fc.constantFrom("open", "open", "open", "open", ...verbs.keys()),
  at: fc.nat(30),
  index: fc.nat(6),
  count: fc.nat(6),
  key: anyKey,
  put: fc.oneof(
    { arbitrary: fc.nat(30), weight: 1 },
    { arbitrary: fc.record({ value: anyJson }), weight: 3 },
  ),
});

function play(root: unknown, moves: readonly Move[]): void {
  const hands = new Hands(root as Container);
  for (const move of moves) verbs.get(move.verb)?.(hands.pick(move.at), move, hands);
}

/** The value, or why there is none: a cycle is not JSON. */
function ending(make: () => JsonValue): unknown {
  try {
    return make();
  } catch (error) {
    return (error as { readonly code?: string }).code;
  }
}

it("comes to what the same moves make of a plain copy, by a patch that says how", () => {
  const anyMoves = fc.array(anyMove, { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(anyBase, anyMoves, fc.boolean(), (base, moves, isReadWhole) => {
      const plain = structuredClone(base);
      play(plain, moves);
      const expected = ending(() => copyJson(plain, "vars"));

      const before = structuredClone(base);
      const { draft, finish } = draftVars(deepFreeze(base));
      play(draft, moves);
      const seen = isReadWhole ? ending(() => copyJson(draft, "vars")) : expected;
      const after = ending(() => applyPatch(base, finish()));
      deepStrictEqual({ seen, after, base }, { seen: expected, after: expected, base: before });
    }),
    { numRuns: 300 },
  );
});
