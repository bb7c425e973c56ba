import {
  complete,
  defineWorkflow,
  MemoryStore,
  Runtime,
  type RunState,
  type RuntimeOptions,
} from "@abstractruntime/core";
import { VirtualClock } from "@abstractruntime/testkit";
import { toolCallsEffects, type ToolCallsOptions } from "../../src/tools/tool-calls-effects.ts";
import type { Tool } from "../../src/tools/tool.ts";
import type { ToolExecutor, ToolResult, ToolResults } from "../../src/tools/tool-executor.ts";

/** Calls the tools of `vars.payload`, by a raw plan as 0.2.0 has it. */
export const caller = defineWorkflow({
  id: "caller",
  entry: "call",
  nodes: {
    call: ({ vars }) => ({
      effect: { type: "tool_calls", payload: vars.payload, resultKey: "results" },
      nextNode: "done",
    }),
    done: ({ vars }) => complete(vars.results),
  },
});

/** The results that a caller has ended with. */
export function resultsOf({ output }: RunState): readonly ToolResult[] {
  return (output as unknown as ToolResults).results;
}

/** A store and a runtime that has these tools, in virtual time. */
export function toolWorld(
  executor: ToolExecutor | Iterable<Tool> | undefined,
  options: Partial<RuntimeOptions> & ToolCallsOptions = {},
) {
  const clock = new VirtualClock();
  const store = new MemoryStore({ clock });
  const { maxConcurrency, ...rest } = options;
  const effects = toolCallsEffects(executor, { maxConcurrency });
  const runtime = new Runtime({ store, clock, effects, workflows: [caller], ...rest });
  return {
    clock,
    store,
    runtime,
    /** Start a run that makes these calls, as far as it goes. */
    async calling(calls: unknown, payload: object = {}): Promise<RunState> {
      const vars = { payload: { tool_calls: calls, ...payload } };
      const run = await runtime.start(caller, { vars, id: "run", sessionId: "session" });
      return run.state();
    },
    /** The runs of the calls, in order. */
    async callRuns(): Promise<readonly RunState[]> {
      const { items } = await runtime.listRuns({ parentRunId: "run" });
      return items.toSorted((a, b) => (a.parent?.index ?? 0) - (b.parent?.index ?? 0));
    },
  };
}

/** All that a generator yields. */
export async function collect<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
