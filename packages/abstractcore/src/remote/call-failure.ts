import { EffectError } from "@abstractruntime/core";
import type { ServerError } from "./server-words.ts";

/** Errors that come before anything was sent: the call certainly did not happen. */
const notSent = new Set(["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "UND_ERR_CONNECT_TIMEOUT"]);

/**
 * The failure that an HTTP status means. What the server refuses is final; what may pass is not: 408, 409, 425, 429, 5xx.
 *
 * @param said the server's words, clean
 */
export function statusFailure(
  status: number,
  said: string,
  known: { readonly retryAfterMs?: number | undefined; readonly error?: ServerError | undefined },
): EffectError {
  const { retryAfterMs, error } = known;
  const message = `the model server answered ${status}${said === "" ? "" : `: ${said}`}`;
  const details = { status, ...(error?.type && { type: error.type }), ...codeIn(error) };
  const passing = { details, ...(retryAfterMs !== undefined && { retryAfterMs }) };
  if (status === 429 && !isOutOfMoney(error))
    return new EffectError(message, { code: "llm_rate_limited", certain: true, ...passing });
  if (status >= 500 || [408, 409, 425].includes(status))
    return new EffectError(message, { code: "llm_unavailable", ...passing });
  return new EffectError(message, { code: "llm_refused", final: true, certain: true, details });
}

/** The failure that an error in a body of status 200 means: its own status, if it has one. */
export function bodyFailure(error: ServerError, said: string): EffectError {
  const status = Number(error.code);
  if (status >= 400 && status < 600) return statusFailure(status, said, { error });
  if (error.type === "invalid_request_error" || error.code === "invalid_request_error")
    return statusFailure(400, said, { error });
  return new EffectError(`the model server answered with an error: ${said}`, {
    code: "llm_unavailable",
    details: { ...(error.type && { type: error.type }), ...codeIn(error) },
  });
}

/** What was sent is no answer. */
export function noAnswer(what: string, cause?: unknown): EffectError {
  return new EffectError(what, {
    code: "llm_response_invalid",
    ...(cause !== undefined && { cause }),
  });
}

/** The network failed, before or after something was sent. */
export function networkFailure(error: unknown): EffectError {
  const code = codeOf(error);
  return new EffectError(`the model server can't be reached: ${code}`, {
    code: "llm_unavailable",
    certain: notSent.has(code),
    cause: error,
  });
}

function codeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  if (!(cause instanceof Error)) return "unknown error";
  return "code" in cause && typeof cause.code === "string" ? cause.code : cause.name;
}

/** 429 has two meanings, and this one does not pass. */
function isOutOfMoney(error: ServerError | undefined): boolean {
  return error?.code === "insufficient_quota" || error?.type === "insufficient_quota";
}

function codeIn(error: ServerError | undefined): { readonly code?: string | number } {
  return error?.code ? { code: error.code } : {};
}
