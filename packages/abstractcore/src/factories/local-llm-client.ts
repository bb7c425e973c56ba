import { AbstractRuntimeError, EffectError, type Clock } from "@abstractruntime/core";
import { isLanguageModel, type LanguageModelLike } from "../ai-sdk/language-model-like.ts";
import type { AiSdkModel } from "../ai-sdk/ai-sdk-llm-client.ts";
import type { LlmClient } from "../llm/llm-client.ts";

/** A model in this process: of the AI SDK, by name (`openai/gpt-5`) of an installed `@ai-sdk/` package, or a client of one's own. */
export type LocalModel = LanguageModelLike | LlmClient | string;

/**
 * The client of a local model. The AI SDK, and the package that a name stands for, are loaded at the first call: whoever brings
 * a client needs neither.
 *
 * @throws invalid_argument it is nothing of the kind
 */
export function localLlmClient(model: LocalModel, clock: Clock | undefined): LlmClient {
  if (typeof model === "object" && model !== null && "generate" in model) return model;
  if (typeof model !== "string" && !isLanguageModel(model))
    throw new AbstractRuntimeError(
      "invalid_argument",
      "model: give a language model of the AI SDK, a name such as openai/gpt-5, or an LlmClient",
    );
  let loaded: LlmClient | undefined;
  return {
    async generate(request, options) {
      loaded ??= await load(model, clock);
      return loaded.generate(request, options);
    },
  };
}

async function load(
  model: LanguageModelLike | string,
  clock: Clock | undefined,
): Promise<LlmClient> {
  try {
    const { AiSdkLlmClient, resolveModel } = await import("../ai-sdk.ts");
    const resolved = typeof model === "string" ? resolveModel(model) : model;
    return new AiSdkLlmClient({ model: resolved as AiSdkModel, clock });
  } catch (error) {
    const message = error instanceof AbstractRuntimeError ? error.message : MISSING;
    throw new EffectError(message, {
      code: "invalid_argument",
      final: true,
      certain: true,
      cause: error,
    });
  }
}

const MISSING = "model: install the package ai, of version 7, in your project";
