import type { RuntimeOptions } from "@abstractruntime/core";
import type { LlmCallEffectOptions } from "../llm/llm-call-effect.ts";

/** What the factories share: a runtime's options, and those of its model calls. */
export interface LlmRuntimeOptions
  extends
    Omit<RuntimeOptions, "store">,
    Pick<LlmCallEffectOptions, "stream" | "outputs" | "prices"> {
  /** Where runs live; in memory by default. For files: `await FileStore.open(folder)`. */
  readonly store?: RuntimeOptions["store"] | undefined;
  /** What a crash in the middle of a model call means; `safe` by default. */
  readonly llmReplay?: LlmCallEffectOptions["replay"];
}
