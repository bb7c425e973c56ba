import {
  defineEffect,
  EffectError,
  isWaitRequest,
  waitFor,
  type EffectDefinition,
  type JsonObject,
} from "@abstractruntime/core";
import { checkSchema } from "../llm/check-schema.ts";
import { isBadToolCall, readToolCall } from "../llm/tool-call.ts";
import { toJson } from "./to-json.ts";
import type { Tool, ToolContext } from "./tool.ts";
import { ToolError } from "./tool-error.ts";

/** The effect type that performs a tool: a policy may name it. */
export function toolEffectType(name: string): string {
  return `tool:${name}`;
}

/** The effect type that looks how a tool's job is. */
export function lookEffectType(name: string): string {
  return `tool_job:${name}`;
}

/** The effect that performs one call of a tool, under the tool's own contract. Its result is the tool's output, as JSON. */
export function toolEffect(tool: Tool): EffectDefinition {
  const { name, replay, retry, timeoutMs } = tool;
  return defineEffect({
    type: toolEffectType(name),
    replay,
    retry,
    timeoutMs: timeoutMs ?? undefined,
    perform: async ({ call }: JsonObject, context) => {
      const args = await argumentsFor(tool, call ?? null);
      return resultOf(await tool.execute(args, context));
    },
  });
}

/** The effect that looks how a job is: it changes nothing, so it may be repeated. Null for tools that have no jobs. */
export function lookEffect(tool: Tool): EffectDefinition | null {
  const { name, look } = tool;
  if (look === undefined) return null;
  return defineEffect({
    type: lookEffectType(name),
    replay: "safe",
    retry: { maxAttempts: LOOKS, baseMs: 1_000, maxMs: 60_000 },
    spends: false,
    perform: async ({ job, looks }: JsonObject, context: ToolContext) =>
      resultOf(await look(job as JsonObject, context, Number(looks))),
  });
}

/** A look that fails is repeated for about a day: whoever has the job may be away for a while. */
const LOOKS = 1_500;

/** @throws EffectError final and certain: the tool was not called */
async function argumentsFor(tool: Tool, given: JsonObject[string]): Promise<unknown> {
  const call = readToolCall(given);
  if (isBadToolCall(call)) throw badArguments(call.problem);
  const { parameters } = tool;
  if (parameters === null) return call.arguments;
  const checked = await checkSchema(parameters, call.arguments);
  if (!checked.isValid) throw badArguments(checked.problem);
  return checked.value;
}

function badArguments(problem: string): EffectError {
  return new EffectError(problem, { code: "invalid_arguments", final: true, certain: true });
}

/** A wait of the tool's own ends with its answer as the output; where it gives up, the call has failed. */
function resultOf(output: unknown): unknown {
  if (isWaitRequest(output)) return waitFor({ timeoutNode: "expired", ...output.options });
  try {
    return toJson(output);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ToolError(`the tool ran, but ${why}`, { code: "invalid_json_value", cause: error });
  }
}
