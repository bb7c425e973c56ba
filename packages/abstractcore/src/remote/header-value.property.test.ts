import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { headerJson, headerText } from "./header-value.ts";

const anyText = fc.string({ unit: "binary" });

describe("values of headers", () => {
  it("are accepted by HTTP whatever the text, and give it back", () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const value = headerText(text);
        expect(new Headers({ "X-Text": value }).get("X-Text")).toBe(value);
        expect(decodeURIComponent(value)).toBe(text.toWellFormed());
      }),
    );
  });

  it("are JSON where JSON is meant, in ASCII, as it was", () => {
    fc.assert(
      fc.property(fc.jsonValue(), anyText, (value, text) => {
        const header = headerJson({ value, [text]: text });
        expect(new Headers({ "X-Json": header }).get("X-Json")).toBe(header);
        const expected: unknown = JSON.parse(JSON.stringify({ value, [text]: text }));
        expect(JSON.parse(header)).toEqual(expected);
      }),
    );
  });
});
