import type { JsonObject, JsonValue } from "../json/json-value.ts";
import type { Join } from "../join/join.ts";
import type { WaitReason } from "../wait/wait.ts";

export interface WaitOptions {
  /** `job` by default: work handed to somebody who answers by `waitId`. */
  readonly reason?: WaitReason | undefined;
  /** Keys whose first event ends the wait, beside an answer by `waitId`. */
  readonly keys?: readonly string[] | undefined;
  /** Instant (ISO 8601) at which a wait of reason `until` ends. */
  readonly until?: string | undefined;
  /** What `waitKey` shows where no key may end the wait, as for a child run. */
  readonly shownKey?: string | undefined;
  readonly prompt?: string | undefined;
  readonly choices?: readonly JsonValue[] | undefined;
  readonly allowFreeText?: boolean | undefined;
  readonly details?: JsonObject | undefined;
  /** Milliseconds after which the wait gives up with `{ timed_out: true }`; it goes on at `timeoutNode`, else at `next`. */
  readonly timeoutMs?: number | undefined;
  readonly timeoutNode?: string | undefined;
  /** Where the run goes on, instead of the plan's `next`. */
  readonly resumeToNode?: string | undefined;
  readonly resultKey?: string | undefined;
}

/** What only effects of our own may ask of a wait. */
export interface BuiltInWait extends WaitOptions {
  readonly join?: Join | undefined;
  readonly any?: boolean | undefined;
}

/** An effect's answer that it will end later. Made by `waitFor`. */
export class WaitRequest {
  readonly options: WaitOptions;

  constructor(options: WaitOptions) {
    this.options = options;
  }
}

/** Returned by an effect: the run waits, durably, until somebody answers by `waitId` or key, or time is up. */
export function waitFor(options: WaitOptions = {}): WaitRequest {
  return new WaitRequest(options);
}

/** Whether an effect, or what it calls, answered that it will end later. */
export function isWaitRequest(value: unknown): value is WaitRequest {
  return value instanceof WaitRequest;
}
