import { describe, expect, it } from "vitest";
import { assertId } from "./run-id.ts";

describe("assertId", () => {
  it.each([
    "a",
    "_x",
    "-x",
    "5d094739-ae6d-421d-a3c5-21c601b5cd5e",
    "user@example.org_1=a+b.c",
    "x".repeat(200),
  ])("accepts %s", (id) => {
    expect(() => assertId(id, "run id")).not.toThrow();
  });

  it.each([
    "",
    ".",
    "..",
    ".hidden",
    "a/b",
    "x/../../escaped",
    "a\\b",
    "a:b",
    "a b",
    "abc\n",
    "a\u0000",
    "é",
    "x".repeat(201),
    7,
    null,
    undefined,
  ])("refuses %j (0.2.0 D51)", (id) => {
    expect(() => assertId(id, "run id")).toThrow(expect.objectContaining({ code: "invalid_id" }));
  });
});
