import { inspect } from "node:util";
import { expect, it } from "vitest";
import { draftVars } from "../step/draft-vars.ts";

it("prints a draft as what it holds", () => {
  const vars = { a: { list: [{ n: 1 }] }, b: 1 };
  const { draft } = draftVars(vars);
  Object.assign(draft, { b: 2 });
  expect(inspect(draft, { depth: 9 })).toBe(inspect({ ...vars, b: 2 }, { depth: 9 }));
});
