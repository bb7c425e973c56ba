import type { Runtime } from "@abstractruntime/core";
import { promptedTools } from "../llm/prompted-tools.ts";
import type { LlmRuntimeOptions, LocalToolOptions } from "./llm-runtime-options.ts";
import { localLlmClient, type LocalModel } from "./local-llm-client.ts";
import { makeRuntime } from "./make-runtime.ts";

export interface LocalRuntimeOptions extends LlmRuntimeOptions, LocalToolOptions {
  readonly model: LocalModel;
  /** False for a model without tools of its own: they go into its prompt, and calls are read from its text. True by default. */
  readonly nativeTools?: boolean | undefined;
  /** Milliseconds without an answer or, when streaming, without a piece of it; no limit by default. */
  readonly timeoutMs?: number | undefined;
}

/**
 * A runtime whose model and tools are in this process.
 *
 * @example
 * const runtime = createLocalRuntime({ model: "openai/gpt-5" }); // the package @ai-sdk/openai must be installed
 *
 * @throws invalid_argument, duplicate_effect, duplicate_workflow
 */
export function createLocalRuntime(options: LocalRuntimeOptions): Runtime {
  const { model, nativeTools = true, ...rest } = options;
  const client = localLlmClient(model, rest.clock);
  return makeRuntime(nativeTools ? client : promptedTools(client), rest);
}
