import type { RuntimeOptions } from "@abstractruntime/core";
import type { Agent } from "../agent/agent.ts";
import type { LlmCallEffectOptions } from "../llm/llm-call-effect.ts";
import type { ToolCallsOptions } from "../tools/tool-calls-effects.ts";
import type { ToolExecutor } from "../tools/tool-executor.ts";
import type { Tool } from "../tools/tool.ts";

/** What the factories share: a runtime's options, and those of its model calls. */
export interface LlmRuntimeOptions
  extends
    Omit<RuntimeOptions, "store">,
    Pick<LlmCallEffectOptions, "stream" | "outputs" | "prices"> {
  /** Where runs live; in memory by default. For files: `await FileStore.open(folder)`. */
  readonly store?: RuntimeOptions["store"] | undefined;
  /** Agents that this runtime may drive: as workflows, and with the tools and agents that they call. */
  readonly agents?: Iterable<Agent> | undefined;
  /** What a crash in the middle of a model call means; `safe` by default. */
  readonly llmReplay?: LlmCallEffectOptions["replay"];
}

/** Who performs `tool_calls`: tools of `defineTool`, or an executor. */
export interface LocalToolOptions extends ToolCallsOptions {
  readonly tools?: Iterable<Tool> | undefined;
  readonly toolExecutor?: ToolExecutor | undefined;
}
