import { createRequire } from "node:module";
import { join } from "node:path";
import { AbstractRuntimeError } from "@abstractruntime/core";
import { isLanguageModel, type LanguageModelLike } from "./language-model-like.ts";

/**
 * The model of a name such as `openai/gpt-5`: what the package `@ai-sdk/openai`, installed in the user's project, calls
 * `gpt-5`. The provider reads its key from its own environment variable.
 *
 * @param folder where packages are looked for; the process's by default
 * @throws invalid_argument a name of another form, or a provider that is not installed or needs settings of its own
 */
export function resolveModel(name: string, folder: string = process.cwd()): LanguageModelLike {
  const [, provider, modelId] = /^([a-z0-9-]+)\/(.+)$/.exec(name) ?? [];
  if (provider === undefined || modelId === undefined)
    throw invalid(name, "give it as provider/model, such as openai/gpt-5");
  const exported = requireProvider(name, provider, folder)[camelCase(provider)];
  if (typeof exported !== "function")
    throw invalid(
      name,
      `@ai-sdk/${provider} has no provider without settings: make the model yourself`,
    );
  const model: unknown = exported(modelId);
  if (!isLanguageModel(model))
    throw invalid(name, `@ai-sdk/${provider} made no language model of it`);
  return model;
}

/** The user's packages are found from the user's folder, and not from ours. */
function requireProvider(name: string, provider: string, folder: string): Record<string, unknown> {
  const packageName = `@ai-sdk/${provider}`;
  try {
    return createRequire(join(folder, "package.json"))(packageName) as Record<string, unknown>;
  } catch (error) {
    throw invalid(name, `install ${packageName} in your project`, { cause: error });
  }
}

function camelCase(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function invalid(name: string, problem: string, options?: ErrorOptions): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_argument", `model ${name}: ${problem}`, options);
}
