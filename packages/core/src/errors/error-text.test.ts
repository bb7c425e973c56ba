import { describe, expect, it } from "vitest";
import { errorText } from "./error-text.ts";

describe("errorText", () => {
  it.each<[unknown, string]>([
    [new Error("broken"), "broken"],
    [new TypeError(""), "TypeError"],
    ["text", "text"],
    ["half \ud800", "half \ufffd"],
    ["", "unknown error"],
    [null, "null"],
    [Symbol("s"), "Symbol(s)"],
    [Object.create(null), "unknown error"],
    [Object.assign(new Error("x"), { message: 7 }), "7"],
  ])("makes text of %o", (thrown, text) => {
    expect(errorText(thrown)).toBe(text);
  });
});
