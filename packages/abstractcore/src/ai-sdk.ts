export {
  AiSdkLlmClient,
  type AiSdkLlmClientOptions,
  type AiSdkModel,
} from "./ai-sdk/ai-sdk-llm-client.ts";
export type { LanguageModelLike } from "./ai-sdk/language-model-like.ts";
export { resolveModel } from "./ai-sdk/resolve-model.ts";
