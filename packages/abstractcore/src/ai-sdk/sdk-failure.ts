import { EffectError } from "@abstractruntime/core";
import { APICallError } from "ai";
import { isObject } from "../llm/is-object.ts";
import { noAnswer, statusFailure } from "../remote/call-failure.ts";
import { retryAfterMs } from "../remote/retry-after.ts";
import { cleanWords, serverError, type ServerError } from "../remote/server-words.ts";

/** Errors that say that the call itself is wrong, or its surroundings: asking again would not help. */
const final = new Set([
  "AI_InvalidArgumentError",
  "AI_InvalidPromptError",
  "AI_InvalidMessageRoleError",
  "AI_LoadAPIKeyError",
  "AI_LoadSettingError",
  "AI_MessageConversionError",
  "AI_MissingToolResultsError",
  "AI_NoSuchModelError",
  "AI_NoSuchProviderError",
  "AI_UnsupportedFunctionalityError",
  "AI_UnsupportedModelVersionError",
]);

/** What an error of the AI SDK, or of a model under it, means for the attempt. */
export function sdkFailure(error: unknown, now: number): EffectError {
  if (error instanceof EffectError) return error;
  if (APICallError.isInstance(error)) return callFailure(error, now);
  const name = error instanceof Error ? error.name : "";
  const said = cleanWords(error instanceof Error ? error.message : String(error));
  if (final.has(name))
    return new EffectError(`the model refuses the call: ${said}`, {
      code: "llm_refused",
      final: true,
      certain: true,
      cause: error,
    });
  // An image or file of the history that can't be fetched may be there later.
  if (name.startsWith("AI_") && name !== "AI_DownloadError")
    return noAnswer(`the model gave no answer: ${said}`, error);
  return new EffectError(`the model failed: ${said}`, { code: "llm_unavailable", cause: error });
}

function callFailure(error: APICallError, now: number): EffectError {
  const { statusCode, responseHeaders = {}, message } = error;
  const said = cleanWords(message);
  if (statusCode === undefined)
    return new EffectError(`the model server can't be reached: ${said}`, {
      code: "llm_unavailable",
      cause: error,
    });
  if (statusCode < 300) return noAnswer(`the model server's answer can't be read: ${said}`, error);
  const headers = new Headers(responseHeaders);
  return statusFailure(statusCode, said, {
    error: serverErrorIn(error.responseBody),
    retryAfterMs: retryAfterMs(headers, now),
  });
}

function serverErrorIn(text: string | undefined): ServerError | undefined {
  try {
    const body: unknown = JSON.parse(text ?? "");
    return isObject(body) ? serverError(body) : undefined;
  } catch {
    return undefined;
  }
}
