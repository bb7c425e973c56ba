import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDatabase, type TestDatabase } from "../../test/database.ts";
import { bigintArray, boolArray, intArray, textArray } from "./binary-array.ts";

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

/** What the server reads, as JSON that the server writes, with its number of dimensions. */
async function read(array: Buffer, type: string): Promise<unknown> {
  const { rows } = await client.query<{ it: unknown }>(
    `select to_json(coalesce(array_agg(x order by n), '{}')) as it
     from unnest($1::${type}[]) with ordinality as u(x, n)`,
    [array],
  );
  return rows[0]?.it;
}

const orNull = <Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<(Value | null)[]> =>
  fc.array(fc.option(arbitrary, { freq: 4 }));

describe("binary arrays", () => {
  it("are read as the texts that they hold", () =>
    fc.assert(
      fc.asyncProperty(
        orNull(fc.string({ unit: "binary" }).filter((text) => !text.includes("\0"))),
        async (texts) => {
          expect(await read(textArray(texts), "text")).toEqual(texts);
        },
      ),
    ));

  it.each([
    ["none", []],
    ["one that is empty", [""]],
    ["nothing but nulls", [null, null]],
    ["texts of other scripts", ["äöü", "日本語", "😀", "a😀b", "\u{10FFFF}"]],
    ["what array literals escape", ["{", '"', "\\", ",", "null", "NULL", " "]],
    ["a long text", ["x".repeat(100_000)]],
  ])("are read as the texts that they hold: %s", async (_what, texts) => {
    expect(await read(textArray(texts), "text")).toEqual(texts);
  });

  it("are read as the integers that they hold", () =>
    fc.assert(
      fc.asyncProperty(orNull(fc.integer()), async (numbers) => {
        expect(await read(intArray(numbers), "integer")).toEqual(numbers);
      }),
    ));

  it("are read as the safe integers that they hold", () =>
    fc.assert(
      fc.asyncProperty(orNull(fc.maxSafeInteger()), async (numbers) => {
        expect(await read(bigintArray(numbers), "bigint")).toEqual(numbers);
      }),
    ));

  it("are read as the truth values that they hold", () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.boolean()), async (values) => {
        expect(await read(boolArray(values), "boolean")).toEqual(values);
      }),
    ));

  it("refuse integers that their type can't hold", () => {
    expect(() => intArray([2 ** 31])).toThrow(RangeError);
    expect(() => bigintArray([0.5])).toThrow(RangeError);
  });
});
