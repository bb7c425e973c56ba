import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";

/** Refuse options of another name: a misspelled filter would be one that is not there. @throws invalid_argument */
export function assertKnown(options: unknown, known: readonly string[], what: string): void {
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw invalid(`${what}: give an object`);
  for (const name of Object.keys(options))
    if (!known.includes(name))
      throw invalid(
        `${what}.${name.slice(0, 80)}: there is no such option; use ${known.join(", ")}`,
      );
}

/** @throws invalid_argument */
export function assertOneOf(value: unknown, values: readonly string[], where: string): void {
  if (value === undefined || (typeof value === "string" && values.includes(value))) return;
  throw invalid(`${where}: give ${values.join(", ")}`);
}

/** @throws invalid_argument */
export function assertListOf(value: unknown, values: readonly string[], where: string): void {
  if (value === undefined) return;
  if (!Array.isArray(value)) throw invalid(`${where}: give a list of ${values.join(", ")}`);
  for (const [index, item] of value.entries()) {
    if (item === undefined) throw invalid(`${where}[${index}]: give ${values.join(", ")}`);
    assertOneOf(item, values, `${where}[${index}]`);
  }
}

/** @throws invalid_argument */
export function assertFlag(value: unknown, where: string): void {
  if (value !== undefined && typeof value !== "boolean")
    throw invalid(`${where}: give true or false`);
}

/** @throws invalid_argument */
export function assertCount(value: unknown, where: string, from: number): void {
  if (value === undefined || (Number.isSafeInteger(value) && Number(value) >= from)) return;
  throw invalid(`${where}: give a whole number from ${from}`);
}

export function invalid(message: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_argument", message);
}
