import {
  AbstractRuntimeError,
  defineDelegatedEffect,
  defineEffect,
  EffectError,
  waitFor,
  type ChildResult,
  type DelegatedEffect,
  type EffectDefinition,
  type JsonObject,
  type JsonValue,
} from "@abstractruntime/core";
import { toolCallWorkflow } from "./tool-call-workflow.ts";
import { lookEffect, toolEffect } from "./tool-effect.ts";
import type { ToolExecutor, ToolResults } from "./tool-executor.ts";
import { failedResult } from "./tool-result.ts";
import type { Tool } from "./tool.ts";

export interface ToolCallsOptions {
  /** At most so many calls of one batch at the same time; no limit by default. */
  readonly maxConcurrency?: number | undefined;
}

/** The effect type of a batch of tool calls. */
const TOOL_CALLS = "tool_calls";

/**
 * Everything that a runtime needs to perform `tool_calls`: it goes to `new Runtime({ effects })`.
 *
 * Each call of a batch becomes a child run, with its own records, approval, retries and replay contract; the result is
 * `{ mode: "executed", results }` in order of the calls. An executor of another mode hands the whole batch to the host.
 *
 * @param executor an executor, or the tools themselves; without one, `tool_calls` fails and says so
 * @throws invalid_argument two tools of one name
 */
export function toolCallsEffects(
  executor: ToolExecutor | Iterable<Tool> | undefined,
  options: ToolCallsOptions = {},
): readonly (EffectDefinition | DelegatedEffect)[] {
  if (executor === undefined) return [withoutExecutor];
  const { mode, tools } = asExecutor(executor);
  if (mode !== "executed") return [handedToHost(mode)];
  const byName = new Map<string, Tool>();
  for (const tool of tools) {
    if (byName.has(tool.name)) throw duplicate(tool.name);
    byName.set(tool.name, tool);
  }
  const performed = [...byName.values()].flatMap((tool) => [toolEffect(tool), lookEffect(tool)]);
  return [executed(byName, options), ...performed.filter((effect) => effect !== null)];
}

function asExecutor(executor: ToolExecutor | Iterable<Tool>): ToolExecutor {
  return "tools" in executor ? executor : { mode: "executed", tools: [...executor] };
}

/** A batch, as one child run for each call. */
function executed(
  tools: ReadonlyMap<string, Tool>,
  { maxConcurrency }: ToolCallsOptions,
): DelegatedEffect {
  const workflow = toolCallWorkflow(tools);
  return defineDelegatedEffect({
    type: TOOL_CALLS,
    workflows: [workflow],
    delegate: (payload) => ({
      children: callsIn(payload).map((call) => ({ workflow, vars: { call } })),
      maxConcurrency,
    }),
    joined: (children, payload): ToolResults => {
      const calls = callsIn(payload);
      const results = children.map((child) => resultOf(child, calls[child.index] ?? null));
      return { mode: "executed", results };
    },
  });
}

/** The run of a call completes in any case; that it did not, somebody wanted. */
function resultOf(
  { status, output, error }: ChildResult,
  call: JsonValue,
): ToolResults["results"][0] {
  if (status === "completed") return output;
  const why = error?.["message"];
  return failedResult(call, typeof why === "string" ? `${status}: ${why}` : status);
}

/** The host of the runtime executes the calls and answers the wait with their results. */
function handedToHost(mode: string): EffectDefinition {
  return defineEffect({
    type: TOOL_CALLS,
    replay: "safe",
    perform: (payload: JsonObject, { runId, nodeId }) => {
      const details = { mode, tool_calls: callsIn(payload) };
      if (mode === "") return details;
      const { wait_key: key, resume_to_node: resumeToNode } = payload;
      return waitFor({
        reason: "event",
        keys: [isText(key) ? key : `${TOOL_CALLS}:${runId}:${nodeId}`],
        details,
        ...(isText(resumeToNode) && { resumeToNode }),
      });
    },
  });
}

const withoutExecutor: EffectDefinition = defineEffect({
  type: TOOL_CALLS,
  replay: "safe",
  perform: () => {
    throw new EffectError(
      "TOOL_CALLS requires a ToolExecutor; configure Runtime with MappingToolExecutor/AbstractCoreToolExecutor/PassthroughToolExecutor.",
      { code: "effect_not_registered", final: true, certain: true },
    );
  },
});

/** @throws invalid_argument, final for an effect */
function callsIn({ tool_calls: calls }: JsonObject): readonly JsonValue[] {
  if (Array.isArray(calls)) return calls as readonly JsonValue[];
  const message = "tool_calls requires payload.tool_calls (list)";
  throw new EffectError(message, { code: "invalid_argument", final: true, certain: true });
}

function isText(value: JsonValue | undefined): value is string {
  return typeof value === "string" && value !== "";
}

function duplicate(name: string): AbstractRuntimeError {
  return new AbstractRuntimeError(
    "invalid_argument",
    `two tools have the name ${name}: give each its own`,
    { details: { tool: name } },
  );
}
