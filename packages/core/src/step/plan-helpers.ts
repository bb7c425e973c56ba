import type { JsonObject } from "../json/json-value.ts";
import type { Plan } from "./plan.ts";

/**
 * Go to another node.
 *
 * The conditional parameter type makes a wrong id an error at the literal itself: `Known` comes from the workflow's
 * nodes by way of the return type, `Id` from the argument.
 */
export function goto<Known extends string, const Id extends string>(
  node: Id extends Known ? Id : NoInfer<Known>,
): Plan<Known & NoInfer<Id>, never, never> {
  return { nextNode: node as Known & Id };
}

/** Complete the run with an output (JSON, also null). */
export function complete<const Output>(output: Output): Plan<never, Output, never> {
  return { completeOutput: output };
}

/** Let the run fail. `code` is a code of the workflow's own, `failed_by_workflow` by default. */
export function fail(
  message: string,
  options: { readonly code?: string; readonly details?: JsonObject } = {},
): Plan<never, never, never> {
  return { failure: { message, ...options } };
}
