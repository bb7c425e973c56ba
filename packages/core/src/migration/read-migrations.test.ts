import { describe, expect, it } from "vitest";
import { readMigrations } from "./read-migrations.ts";

const taker = {
  id: "w",
  version: "2",
  nodes: new Map([
    ["a", 0],
    ["b", 0],
  ]),
};
const vars = (): void => {};

describe("readMigrations", () => {
  it("keeps what is offered by the version that it is for", () => {
    const first = { from: "1", nodes: { ask: "a" }, resultKeys: { said: "answers.said" }, vars };
    const migrations = readMigrations(taker, [first, { from: null }]);
    expect([...migrations.keys()]).toEqual(["1", null]);
    expect(migrations.get("1")).toEqual({
      nodes: new Map([["ask", "a"]]),
      resultKeys: new Map([["said", "answers.said"]]),
      vars,
    });
    expect(migrations.get(null)).toEqual({ nodes: new Map(), resultKeys: new Map(), vars: null });
  });

  it("offers nothing where nothing is given", () => {
    expect(readMigrations(taker, undefined).size).toBe(0);
    expect(readMigrations(taker, []).size).toBe(0);
  });

  it("takes names of nodes for names, whatever they are", () => {
    const nodes = JSON.parse('{"__proto__":"a","constructor":"b"}') as object;
    const rules = readMigrations(taker, [{ from: "1", nodes }]).get("1");
    expect([...(rules?.nodes ?? [])]).toEqual([
      ["__proto__", "a"],
      ["constructor", "b"],
    ]);
  });

  it.each<[string, unknown, string]>([
    ["no list", { from: "1" }, "migrate: give a list"],
    ["no object", ["1"], "migrate[0]: give an object"],
    ["no source", [{}], "migrate[0]: from: give a version"],
    ["a source that is no text", [{ from: 1 }], "migrate[0]: from: give a version"],
    ["a source without a name", [{ from: "" }], "from: give a version"],
    ["itself as the source", [{ from: "2" }], 'from is its own version "2"'],
    ["a source twice", [{ from: "1" }, { from: "1" }], 'migrate[1]: there are two from "1"'],
    ["0.2.0 twice", [{ from: null }, { from: null }], "two from 0.2.0"],
    ["nodes that are none", [{ from: "1", nodes: ["a"] }], "migrate[0].nodes: give an object"],
    ["a node that is no text", [{ from: "1", nodes: { x: 1 } }], "migrate[0].nodes.x: give a text"],
    ["an unknown node", [{ from: "1", nodes: { x: "c" } }], 'no node "c"; its nodes are a, b'],
    [
      "a key that is no text",
      [{ from: "1", resultKeys: { x: null } }],
      "resultKeys.x: give a text",
    ],
    ["a reserved key", [{ from: "1", resultKeys: { x: "__proto__.y" } }], "__proto__ is reserved"],
    ["vars that are no function", [{ from: "1", vars: {} }], "migrate[0].vars: give a function"],
  ])("refuses %s", (_, given, says) => {
    expect(() => readMigrations(taker, given)).toThrowError(
      expect.objectContaining({
        code: "invalid_workflow",
        message: expect.stringContaining(says),
      }),
    );
  });
});
