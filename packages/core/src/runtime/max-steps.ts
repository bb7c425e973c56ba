import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";

/** How many node handlers a caller lets be called; `otherwise` where it does not say. @throws invalid_argument */
export function maxStepsOf(given: number | undefined, otherwise: number = Infinity): number {
  if (given === undefined) return otherwise;
  if (typeof given === "number" && given >= 0) return given;
  throw new AbstractRuntimeError("invalid_argument", "maxSteps: give a number from 0");
}
