import type { JsonObject, JsonValue } from "@abstractruntime/core";
import { isObject } from "./is-object.ts";

/** A tool call as models send it over the wire: `arguments` is JSON in a text. */
export type WireToolCall = {
  readonly id: string;
  readonly type: "function";
  readonly function: { readonly name: string; readonly arguments: string };
};

/** A tool call as it is executed, and as models without native tools give it: `arguments` is an object. */
export type ToolCall = {
  readonly name: string;
  readonly arguments: JsonObject;
  readonly call_id: string;
};

/** A tool call that can't be executed, and why. Its name and id are empty where it has none. */
export type BadToolCall = {
  readonly name: string;
  readonly call_id: string;
  /** Fit for the model to read. */
  readonly problem: string;
};

/**
 * Read a tool call of either form. Never throws: one bad call must not discard its neighbours. Arguments that are null, missing
 * or an empty text are none.
 */
export function readToolCall(value: unknown): ToolCall | BadToolCall {
  if (!isObject(value)) return { name: "", call_id: "", problem: "the tool call is no object" };
  const call_id = textOf(value["call_id"] ?? value["id"]);
  const said = isObject(value["function"]) ? value["function"] : value;
  const name = typeof said["name"] === "string" ? said["name"] : "";
  if (name === "") return { name, call_id, problem: "the tool call has no name" };
  const args = readArguments(said["arguments"]);
  return typeof args === "string"
    ? { name, call_id, problem: args }
    : { name, call_id, arguments: args };
}

export function isBadToolCall(call: ToolCall | BadToolCall): call is BadToolCall {
  return "problem" in call;
}

/** The form that a history sends back to the model. */
export function toWireToolCall({ name, call_id, arguments: args }: ToolCall): WireToolCall {
  return { id: call_id, type: "function", function: { name, arguments: JSON.stringify(args) } };
}

/** The arguments, or what is wrong with them. */
function readArguments(value: JsonValue | undefined): JsonObject | string {
  if (value === undefined || value === null || value === "") return {};
  if (isObject(value)) return value;
  if (typeof value !== "string") return "arguments must be a JSON object";
  try {
    const parsed: unknown = JSON.parse(value);
    if (parsed === null) return {};
    return isObject(parsed) ? parsed : "arguments must be a JSON object";
  } catch {
    return "arguments are not valid JSON";
  }
}

function textOf(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}
