import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { MappingToolExecutor } from "../../src/tools/mapping-tool-executor.ts";
import { PassthroughToolExecutor } from "../../src/tools/passthrough-tool-executor.ts";
import type { ToolExecutor } from "../../src/tools/tool-executor.ts";
import { toolWorld } from "./tool-world.ts";

interface HandlerRow {
  readonly effect: string;
  readonly note: string;
  readonly executor: string;
  readonly payload: Record<string, never>;
  readonly outcome: {
    readonly status: string;
    readonly result: unknown;
    readonly error: string | null;
  };
}

const fixtures = new URL("../../../../fixtures/python-0.2.0/integration.json", import.meta.url);
const { handlers } = JSON.parse(readFileSync(fixtures, "utf8")) as { handlers: HandlerRow[] };
const rows = handlers.filter(({ effect }) => effect === "tool_calls");

const mapping = new MappingToolExecutor({
  add: ({ x, y }) => x + y,
  fail: () => {
    throw new Error("tool broke");
  },
  echo: (args) => args,
  none: () => null,
  kw: ({ a, b = 2 }) => [a, b],
});

function executorOf(name: string): ToolExecutor | undefined {
  if (name === "MappingToolExecutor") return mapping;
  if (name.startsWith("PassthroughToolExecutor"))
    return new PassthroughToolExecutor(name.split(":")[1]);
  return undefined;
}

describe("tool_calls of 0.2.0", () => {
  it("has rows to compare with", () => expect(rows.length).toBeGreaterThanOrEqual(3));

  it.each(rows)("$note", async ({ executor, payload, outcome }) => {
    const world = toolWorld(executorOf(executor));
    const run = await world.calling(payload["tool_calls"], payload);
    const { result, error } = outcome;
    const message = error === null ? undefined : `Effect failed after 1 attempts: ${error}`;
    expect([run.output, run.error?.message]).toEqual([result, message]);
    expect(run.status).toBe(outcome.status);
  });
});
