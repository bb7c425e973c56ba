/**
 * Why an effect's signal was aborted: this process stops (`abort`), the run was cancelled or paused, the attempt took
 * too long, or another driver has the run now.
 */
export type InterruptionCause = "abort" | "cancel" | "pause" | "timeout" | "lease_lost";

/** The `reason` of an effect's aborted signal. `cause` is free for the reason that was given to us. */
export class Interruption extends Error {
  override readonly name = "AbortError";
  readonly interruption: InterruptionCause;

  constructor(interruption: InterruptionCause, message: string, options?: ErrorOptions) {
    super(message, options);
    this.interruption = interruption;
  }
}

export function isInterruption(value: unknown): value is Interruption {
  return value instanceof Error && "interruption" in value;
}
