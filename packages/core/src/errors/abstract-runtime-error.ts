import type { JsonObject } from "../json/json-value.ts";
import { errorCodes, type ErrorCode } from "./codes.ts";

const brand = Symbol.for("@abstractruntime/error");

export interface ErrorOptionsWithDetails extends ErrorOptions {
  readonly details?: JsonObject;
}

/** Every error of every `@abstractruntime` package. `code` is for programs, `message` says what, where and what to do. */
export class AbstractRuntimeError extends Error {
  override readonly name: string = "AbstractRuntimeError";
  readonly code: ErrorCode;
  readonly details: JsonObject;

  constructor(code: ErrorCode, message: string, options: ErrorOptionsWithDetails = {}) {
    super(message, options);
    this.code = code;
    this.details = options.details ?? {};
    Object.defineProperty(this, brand, { value: true });
  }

  /** Whether the same call may succeed later, unchanged. */
  get retryable(): boolean {
    return errorCodes[this.code].retryable;
  }
}

/** Whether a value is one of our errors (of this code, if given); true also across two copies of core. */
export function isAbstractRuntimeError<Code extends ErrorCode = ErrorCode>(
  error: unknown,
  code?: Code,
): error is AbstractRuntimeError & { readonly code: Code } {
  if (typeof error !== "object" || error === null || !(brand in error)) return false;
  return code === undefined || (error as { code?: unknown }).code === code;
}
