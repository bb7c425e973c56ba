import type { JsonObject } from "../json/json-value.ts";

export interface EffectErrorOptions extends ErrorOptions {
  /** A code of the effect's own; `effect_error` by default. Stored with the attempt. */
  readonly code?: string;
  /** Do not try again, whatever the policy says. */
  readonly final?: boolean;
  /** Try again no sooner than this many milliseconds from now. */
  readonly retryAfterMs?: number;
  /** The effect certainly did not happen: with `replay: "never"` the attempt then counts as failed, not as unknown. */
  readonly certain?: boolean;
  readonly details?: JsonObject;
}

/** What an effect throws to say more than that it failed. Any other error is retryable and, for `never`, uncertain. */
export class EffectError extends Error {
  override readonly name = "EffectError";
  readonly code: string;
  readonly final: boolean;
  readonly certain: boolean;
  readonly retryAfterMs: number | null;
  readonly details: JsonObject | null;

  constructor(message: string, options: EffectErrorOptions = {}) {
    super(message, options);
    this.code = options.code ?? "effect_error";
    this.final = options.final ?? false;
    this.certain = options.certain ?? false;
    this.retryAfterMs = options.retryAfterMs ?? null;
    this.details = options.details ?? null;
  }
}

export function isEffectError(error: unknown): error is EffectError {
  return error instanceof Error && error.name === "EffectError" && "certain" in error;
}
