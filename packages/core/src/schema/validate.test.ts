import { describe, expect, it } from "vitest";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { z } from "zod";
import { codeOf } from "../../test/world.ts";
import { validate } from "./validate.ts";

describe("validate", () => {
  it("gives what the schema makes of the value", async () => {
    expect(await validate(z.object({ n: z.coerce.number() }), { n: "1", x: 2 }, "vars")).toEqual({
      n: 1,
    });
  });

  it("waits for schemas that are async", async () => {
    const schema = z.string().refine(async (text) => text === "good", "not good");
    expect(await validate(schema, "good", "answer")).toBe("good");
    expect(await codeOf(validate(schema, "bad", "answer"))).toBe("schema_mismatch");
  });

  it("names the paths of what does not match", async () => {
    const schema = z.object({ list: z.array(z.object({ "a b": z.string() })) });
    await expect(validate(schema, { list: [{ "a b": 1 }] }, "vars")).rejects.toThrow(
      /^vars\.list\[0\]\["a b"\]: /,
    );
    await expect(validate(z.string(), 1, "output")).rejects.toThrow(/^output: /);
  });

  it("tells the first five issues and how many more there are", async () => {
    const keys = ["a", "b", "c", "d", "e", "f", "g"];
    const schema = z.object(Object.fromEntries(keys.map((key) => [key, z.string()])));
    const error: unknown = await validate(schema, {}, "vars").catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      message: expect.stringMatching(/vars\.e: .*\(and 2 more\)$/),
      details: { where: "vars", issues: { length: 5 } },
    });
  });

  it("reads paths in each form that a schema may give them", async () => {
    const path = [{ key: "a" }, Symbol("s"), 3];
    const schema: StandardSchemaV1 = {
      "~standard": {
        version: 1,
        vendor: "own",
        validate: () => ({ issues: [{ message: "no", path }] }),
      },
    };
    await expect(validate(schema, 1, "vars")).rejects.toThrow('vars.a["Symbol(s)"][3]: no');
  });

  it("takes a schema that throws for one that does not match", async () => {
    const schema = z.string().transform(() => {
      throw new Error("a bug in the schema");
    });
    await expect(validate(schema, "x", "output")).rejects.toMatchObject({
      code: "schema_mismatch",
      message: "output: the schema threw a bug in the schema",
    });
  });
});
