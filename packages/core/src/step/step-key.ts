import { hash } from "node:crypto";

/**
 * The idempotency key of a step: 32 hex digits of SHA-256 over run id, the run's nonce and the step's ordinal.
 *
 * The key names the visit and not what is asked, so that a loop that asks the same again is a new step, and all attempts
 * of one step share it. The nonce keeps a purged and reused run id apart from the run before.
 */
export function stepKey(
  run: { readonly runId: string; readonly nonce: string },
  ordinal: number,
): string {
  return hash("sha256", `${run.runId}\n${run.nonce}\n${ordinal}`).slice(0, 32);
}

/** The name of a step in its run's ledger. */
export function stepIdOf(runId: string, ordinal: number): string {
  return `${runId}:${ordinal}`;
}

/**
 * The id of one child of several that a step starts. In order of id they are in order of index, in this and every language
 * that compares text by its characters.
 */
export function joinChildIdOf(idempotencyKey: string, index: number): string {
  return `${hash("sha256", `${idempotencyKey}\nchildren`).slice(0, 24)}-${String(index).padStart(7, "0")}`;
}

/** The id of the child that a step starts: made of the step, so that a repeated start finds the same child. */
export function childIdOf(idempotencyKey: string, index: number): string {
  return hash("sha256", `${idempotencyKey}\nchild\n${index}`).slice(0, 32);
}
