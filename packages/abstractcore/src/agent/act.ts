import { askUser, goto, ref } from "@abstractruntime/core";
import { isObject } from "../llm/is-object.ts";
import { readToolCall, type WireToolCall } from "../llm/tool-call.ts";
import type { ToolResult } from "../tools/tool-executor.ts";
import { toolCalls } from "../tools/tool-calls.ts";
import { AGENT_CALLS } from "./agent-calls-effect.ts";
import { errorMessage, toolMessage, type AgentPlan, type AgentRun } from "./agent-node.ts";
import type { AgentRules } from "./agent.ts";
import { replyText } from "./built-in-tools.ts";
import { openCalls } from "./said-calls.ts";
import { sortCalls } from "./sort-calls.ts";

/**
 * Perform what is left of the calls of the last answer: the tools, all at once; then the agents, all at once; then the questions,
 * one by one; then hand over. Think again when each has its result.
 */
export function act(run: AgentRun, rules: AgentRules): AgentPlan {
  const { context, scratchpad } = run.vars;
  const open = sortCalls(openCalls(context.messages), rules);
  context.messages.push(...open.refused.map(({ id, problem }) => errorMessage(id, problem)));
  if (open.tools.length > 0) {
    const calls = calling(run, open.tools);
    return toolCalls({ calls, resultKey: "_temp.results", next: "acted" });
  }
  if (open.agents.length > 0) {
    const payload = { tool_calls: calling(run, open.agents) };
    const effect = { type: AGENT_CALLS, payload, resultKey: "_temp.results" } as const;
    return { effect, nextNode: "acted" };
  }
  const [question] = open.asks;
  if (question !== undefined) {
    const { id, ...asked } = question;
    scratchpad.calling = [id];
    const timeoutMs = rules.askUser?.timeoutMs ?? undefined;
    return askUser({ ...asked, timeoutMs, resultKey: "_temp.reply", next: "heard" });
  }
  handOver(run, open.handoffs);
  return goto("think");
}

/** The tools or agents that were called have ended. */
export function acted({ vars }: AgentRun): AgentPlan {
  const { context, scratchpad, _temp } = vars;
  const results = new Map(resultsIn(_temp).map((result) => [result.call_id, result]));
  context.messages.push(
    ...scratchpad.calling.map((id) => toolMessage(id, resultText(results.get(id)))),
  );
  scratchpad.calling = [];
  return goto("act");
}

/** The user has answered. */
export function heard({ vars }: AgentRun): AgentPlan {
  const { context, scratchpad, _temp } = vars;
  const said = replyText(_temp.reply ?? null);
  context.messages.push(...scratchpad.calling.map((id) => toolMessage(id, said)));
  scratchpad.calling = [];
  return goto("act");
}

/** Note which calls are performed. All of an answer's go by reference, so that the ledger has them once less. */
function calling({ vars }: AgentRun, calls: readonly WireToolCall[]): readonly WireToolCall[] {
  const { scratchpad, _temp: temp } = vars;
  const ids = calls.map(({ id }) => id);
  scratchpad.calling = ids;
  const said = (temp.answer?.tool_calls ?? []).map((call) => readToolCall(call).call_id);
  const isAll = said.length === ids.length && said.every((id, index) => id === ids[index]);
  return isAll ? (ref("_temp.answer.tool_calls") as readonly WireToolCall[]) : calls;
}

/** The conversation goes to the first agent that was named. Its messages are those of the run, so it has all of them. */
function handOver(
  { vars }: AgentRun,
  handoffs: readonly { readonly id: string; readonly to: { readonly id: string } }[],
): void {
  const [first, ...others] = handoffs;
  if (first === undefined) return;
  const { context, scratchpad } = vars;
  scratchpad.agent = first.to.id;
  context.messages.push(toolMessage(first.id, `You are the agent ${first.to.id} now.`));
  const problem = `the conversation went to the agent ${first.to.id}`;
  context.messages.push(...others.map(({ id }) => errorMessage(id, problem)));
}

/** A host who executes the calls may answer with anything. */
function resultsIn({ results }: AgentRun["vars"]["_temp"]): readonly ToolResult[] {
  const given: unknown = results?.results;
  if (!Array.isArray(given)) return [];
  return given.filter((result: unknown): result is ToolResult => isObject(result));
}

function resultText(result: ToolResult | undefined): string {
  if (result === undefined) return "Error: there is no result";
  const { success, output, error } = result;
  if (!success) return `Error: ${error ?? "unknown error"}`;
  return typeof output === "string" ? output : JSON.stringify(output ?? null);
}
