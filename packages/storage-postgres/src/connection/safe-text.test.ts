import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDatabase, type TestDatabase } from "../../test/database.ts";
import { arrayLiteral, givenText, indexedText, safeText } from "./safe-text.ts";

const anyText = fc.string({
  unit: fc.constantFrom("\0", "\\", "0", "h", '"', ",", "{", "é", "😀"),
});

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await startDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.stop();
});

describe("safeText", () => {
  it("is taken by a text column, and gives the text back", () =>
    fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        const { rows } = await client.query<{ it: string }>("select $1::text as it", [
          safeText(text),
        ]);
        expect(givenText(rows[0]?.it ?? "")).toBe(text);
      }),
    ));
});

describe("indexedText", () => {
  it("is short, and another for each text", () => {
    const texts = ["", "\\", "\0", "\\0", "a".repeat(1_000), "a".repeat(1_001), "a".repeat(1_002)];
    const indexed = texts.map(indexedText);
    expect(new Set(indexed).size).toBe(texts.length);
    for (const text of indexed) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(1_000);
    expect(indexedText("é".repeat(501)).startsWith("\\h")).toBe(true);
  });
});

describe("arrayLiteral", () => {
  it("is read as a list of the same texts", () =>
    fc.assert(
      fc.asyncProperty(fc.array(anyText, { minLength: 1 }), async (texts) => {
        const { rows } = await client.query<{ it: string[] }>("select $1::text[] as it", [
          arrayLiteral(texts),
        ]);
        expect(rows[0]?.it).toEqual(texts.map(indexedText));
      }),
    ));

  it("is null of none", () => {
    expect(arrayLiteral([])).toBe(null);
  });
});
