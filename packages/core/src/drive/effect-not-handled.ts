import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { RunState } from "../run/run-state.ts";

/** A run asks for an effect that this process does not perform, and is left to one that does. */
export function effectNotHandled({ runId, revision }: RunState, type: string): Error {
  return new AbstractRuntimeError(
    "effect_not_registered",
    `run ${runId} asks for ${type}, which this process does not perform: it is left to one that does`,
    { details: { runId, type, revision } },
  );
}
