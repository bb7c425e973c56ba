import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";

/** What a driver throws that may not write its run any more. */
export function leaseLost(runId: string): AbstractRuntimeError {
  const message = `the lease on ${runId} was lost: another driver has it now, or will soon`;
  return new AbstractRuntimeError("lease_lost", message, { details: { runId } });
}
