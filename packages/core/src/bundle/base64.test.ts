import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromBase64, toBase64 } from "./base64.ts";

describe("base64", () => {
  it("is what the platform writes, and comes back", () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = toBase64(bytes);
        expect(text).toBe(Buffer.from(bytes).toString("base64"));
        expect(fromBase64(text)).toEqual(bytes);
      }),
    ));

  it.each(["A", "AA", "AAA", "AA=A", "A===", "AAAA=", "AA A", "AA\n=", "AA-_", "é==="])(
    "refuses %j",
    (text) => {
      expect(() => fromBase64(text)).toThrow(SyntaxError);
    },
  );
});
