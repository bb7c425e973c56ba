/** Values that are not JSON: what they are called, how one is made, its path below `bad`, and what is said of it. */
export interface BadValue {
  readonly what: string;
  readonly make: () => unknown;
  readonly path: string;
  readonly says: string;
  readonly code: "invalid_json_value" | "value_too_large";
}

class Point {
  readonly x = 1;
}

const value = (what: string, make: () => unknown, path: string, says: string): BadValue => ({
  what,
  make,
  path,
  says,
  code: "invalid_json_value",
});

function cycle(): object {
  const inner: Record<string, unknown> = {};
  inner["self"] = inner;
  return inner;
}

function nested(levels: number): unknown {
  let inner: unknown = 1;
  for (let level = 0; level < levels; level += 1) inner = [inner];
  return inner;
}

export const badValues: readonly BadValue[] = [
  value("undefined in a list", () => [1, undefined], "[1]", "undefined is not JSON"),
  // oxlint-disable-next-line no-sparse-arrays -- the hole is the case
  value("a hole in a list", () => [1, , 3], "[1]", "hole"),
  value("NaN", () => Number.NaN, "", "NaN is not JSON"),
  value("Infinity", () => ({ x: -Infinity }), ".x", "-Infinity is not JSON"),
  value("a bigint", () => [{ n: 1n }], "[0].n", "bigint is not JSON"),
  value("a Date", () => ({ when: new Date(0) }), ".when", "Date is not JSON"),
  value("a Map", () => new Map([["a", 1]]), "", "Map is not JSON"),
  value("a Set", () => [new Set()], "[0]", "Set is not JSON"),
  value("an instance of a class", () => new Point(), "", "Point is not JSON"),
  value("a function", () => ({ f: () => 1 }), ".f", "function is not JSON"),
  value("a symbol", () => Symbol("s"), "", "symbol is not JSON"),
  value("a symbol as a key", () => ({ [Symbol("s")]: 1 }), "", "symbol keys"),
  value("a cycle", cycle, "", "a cycle is not JSON"),
  value("a lone surrogate", () => ["ok \ud800"], "[0]", "lone surrogate"),
  value("a key with a lone surrogate", () => ({ "\udfff": 1 }), "", "lone surrogate"),
  value("600 levels", () => nested(600), "[0][0]", "nested deeper than 512 levels"),
  {
    what: "20 MB",
    make: () => "x".repeat(20_000_000),
    path: "",
    says: "larger than 16777216 bytes",
    code: "value_too_large",
  },
];
