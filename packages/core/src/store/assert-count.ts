import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";

/** @throws invalid_argument the option is no number from 0 */
export function assertCount(value: number, name: string): void {
  if (value >= 0) return;
  throw new AbstractRuntimeError("invalid_argument", `${name}: ${value} is not a number from 0`);
}
