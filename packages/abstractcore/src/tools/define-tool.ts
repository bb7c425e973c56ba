import {
  AbstractRuntimeError,
  type JsonObject,
  type ReplayContract,
  type RetryOptions,
} from "@abstractruntime/core";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { ApprovalContext, Approval } from "../approval/approval-rule.ts";
import { jsonSchemaOf } from "../llm/json-schema-of.ts";
import type { Tool, ToolContext } from "./tool.ts";
import { toolEffect } from "./tool-effect.ts";

type Arguments<Schema> = Schema extends StandardSchemaV1
  ? StandardSchemaV1.InferOutput<Schema>
  : // oxlint-disable-next-line typescript/no-explicit-any -- without a schema, the arguments are the tool's own affair
    any;

export interface ToolSpec<Schema extends StandardSchemaV1 | undefined> {
  /** 1 to 128 letters, digits, `_`, `-`, `.` or `/`; many models take no more than 64 of the first four. */
  readonly name: string;
  /** For the model: what it does, and when to use it. */
  readonly description: string;
  /** Any Standard Schema of the arguments. Checked before each attempt; `execute` gets what it parses to. */
  readonly parameters?: Schema;
  /** JSON Schema of the arguments, where the library of `parameters` can't say it (zod can). */
  readonly jsonSchema?: JsonObject | undefined;
  /** What a crash in the middle means: run again, run again with the same idempotency key, or stop and ask. */
  readonly replay: ReplayContract;
  /** One attempt, unless the runtime's policy says otherwise for `tool:<name>`. */
  readonly retry?: RetryOptions | undefined;
  /** Milliseconds per attempt. */
  readonly timeoutMs?: number | undefined;
  /** Whether a person has to agree first: always, or as a function of the arguments, free of side effects. */
  readonly approval?:
    | boolean
    | ((args: NoInfer<Arguments<Schema>>, context: ApprovalContext) => Approval | Promise<Approval>)
    | undefined;
  /** Does it. Returns the output, which is made JSON (`toJson`), or `waitFor(...)`; throws `ToolError` to say no. */
  readonly execute: (args: Arguments<Schema>, context: ToolContext) => unknown;
}

/**
 * Define a tool that models may call.
 *
 * @example
 * const weather = defineTool({
 *   name: "get_weather",
 *   description: "The weather in a city, now",
 *   parameters: z.object({ city: z.string() }),
 *   replay: "safe",
 *   execute: async ({ city }, { signal }) => (await fetch(`${base}/${city}`, { signal })).json(),
 * });
 *
 * @throws invalid_argument
 */
export function defineTool<Schema extends StandardSchemaV1 | undefined = undefined>(
  spec: ToolSpec<Schema>,
): Tool {
  const { name, description, parameters, approval = false } = spec;
  assertNamed(name);
  if (typeof description !== "string") throw invalid(name, "description must be a text");
  if (typeof spec.execute !== "function")
    throw invalid(name, "execute must be a function (args, context) => output");
  if (typeof approval !== "boolean" && typeof approval !== "function")
    throw invalid(name, "approval must be true, false or a function (args, context) => boolean");
  const tool: Tool = Object.freeze({
    name,
    description,
    parameters: parameters ?? null,
    jsonSchema: spec.jsonSchema ?? derivedSchema(name, parameters),
    replay: spec.replay,
    retry: spec.retry ?? {},
    timeoutMs: spec.timeoutMs ?? null,
    approval,
    execute: spec.execute,
  });
  toolEffect(tool); // a bad contract, retry option or timeout is refused here, where it was written
  return tool;
}

function derivedSchema(name: string, parameters: StandardSchemaV1 | undefined): JsonObject {
  if (parameters === undefined) return { type: "object" };
  const { $schema: _dialect, ...schema } = jsonSchemaOf(parameters, `tool ${name}: parameters`);
  return schema;
}

const namePattern = /^[\w./-]{1,128}$/;

function assertNamed(name: unknown): void {
  if (typeof name === "string" && namePattern.test(name)) return;
  throw new AbstractRuntimeError(
    "invalid_argument",
    "a tool's name must be 1 to 128 letters, digits, _, -, . or /",
  );
}

function invalid(name: string, what: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_argument", `tool ${name}: ${what}`, {
    details: { tool: name },
  });
}
