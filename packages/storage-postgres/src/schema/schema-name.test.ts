import { describe, expect, it } from "vitest";
import { assertSchemaName, inSchema } from "./schema-name.ts";

describe("assertSchemaName", () => {
  it.each(["a", "_", "abstractruntime", "case_0f3b", "a".repeat(63)])("takes %s", (name) => {
    expect(() => assertSchemaName(name)).not.toThrow();
  });

  it.each([
    "",
    "A",
    "1a",
    "a-b",
    "a b",
    'a"b',
    "a;b",
    "a'b",
    "é",
    "a\n",
    "pg_temp",
    "a".repeat(64),
  ])("refuses %j", (name) => {
    expect(() => assertSchemaName(name)).toThrow(
      expect.objectContaining({ code: "invalid_argument" }),
    );
  });
});

describe("inSchema", () => {
  it("puts the name wherever it belongs, quoted or bare", () => {
    expect(inSchema("select * from {s}.runs, {s}.inbox; notify '{schema}'", "select")).toBe(
      `select * from "select".runs, "select".inbox; notify 'select'`,
    );
  });
});
