import { describe, expect, it } from "vitest";
import { z } from "zod";
import { defineTool } from "./define-tool.ts";
import { MappingToolExecutor } from "./mapping-tool-executor.ts";
import { toolCallsEffects } from "./tool-calls-effects.ts";
import { toLlmTool } from "./tool.ts";

const spec = {
  name: "echo",
  description: "Says it again",
  replay: "safe",
  execute: () => 1,
} as const;

describe("defineTool", () => {
  it("says to the model what its schema says", () => {
    const parameters = z.object({
      n: z.number().describe("How many"),
      unit: z.enum(["m", "km"]).optional(),
    });
    expect(toLlmTool(defineTool({ ...spec, parameters }))).toEqual({
      type: "function",
      function: {
        name: "echo",
        description: "Says it again",
        parameters: {
          type: "object",
          properties: {
            n: { type: "number", description: "How many" },
            unit: { type: "string", enum: ["m", "km"] },
          },
          required: ["n"],
        },
      },
    });
  });

  it("takes a JSON Schema by hand, and any object without one", () => {
    const jsonSchema = { type: "object", properties: { a: { type: "string" } } };
    expect(defineTool({ ...spec, jsonSchema }).jsonSchema).toEqual(jsonSchema);
    expect(defineTool(spec).jsonSchema).toEqual({ type: "object" });
  });

  it("gives its function typed arguments", () => {
    const typed = defineTool({
      ...spec,
      parameters: z.object({ n: z.number(), unit: z.string().default("m") }),
      approval: ({ unit }) => unit.length > 1,
      // @ts-expect-error -- there is no such argument
      execute: ({ m }) => m,
    });
    expect(typed.approval).toBeTypeOf("function");
  });

  it.each<[string, object]>([
    ["name", { name: "" }],
    ["name", { name: "a b" }],
    ["name", { name: "x".repeat(129) }],
    ["description", { description: undefined }],
    ["replay", { replay: "twice" }],
    ["execute", { execute: undefined }],
    ["approval", { approval: "yes" }],
    ["timeoutMs", { timeoutMs: -1 }],
    ["retry.maxAttempts", { retry: { maxAttempts: 0 } }],
  ])("refuses a bad %s", (what, bad) => {
    expect(() => defineTool({ ...spec, ...bad })).toThrowError(
      expect.objectContaining({ code: "invalid_argument", message: expect.stringContaining(what) }),
    );
  });

  it("has a name of its own among the tools of a runtime", () => {
    const tool = defineTool(spec);
    expect(() => toolCallsEffects([tool, tool])).toThrowError(
      expect.objectContaining({ code: "invalid_argument" }),
    );
  });
});

describe("MappingToolExecutor", () => {
  it("takes functions by their names, and tools", () => {
    function add(): number {
      return 1;
    }
    const { tools, mode } = MappingToolExecutor.fromTools([add, defineTool(spec)], {
      replay: "safe",
    });
    expect(mode).toBe("executed");
    expect(tools.map(({ name, replay }) => [name, replay])).toEqual([
      ["add", "safe"],
      ["echo", "safe"],
    ]);
    expect(new MappingToolExecutor({ add }).tools[0]?.replay).toBe("never");
  });

  it.each<[string, readonly unknown[]]>([
    [
      "Tool is missing a name",
      [
        (
          () => () =>
            1
        )(),
      ],
    ],
    ["Tool 'x' is not callable", [{ name: "x" }]],
    ["Duplicate tool name 'echo'", [defineTool(spec), defineTool(spec)]],
  ])("refuses: %s", (message, tools) => {
    const from = () => MappingToolExecutor.fromTools(tools as []);
    expect(from).toThrowError(expect.objectContaining({ code: "invalid_argument", message }));
  });

  it("refuses what is no function", () => {
    const functions = { x: 5 } as never;
    expect(() => new MappingToolExecutor(functions)).toThrowError("Tool 'x' is not callable");
  });
});
