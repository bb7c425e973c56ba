import type { JsonObject } from "@abstractruntime/core";
import { isBadToolCall, readToolCall, type WireToolCall } from "../llm/tool-call.ts";
import type { Agent, AgentRules } from "./agent.ts";
import { ASK_USER, handoffName, isFilled, readQuestion } from "./built-in-tools.ts";

/** Tool calls, by who performs them. */
export interface SortedCalls {
  readonly tools: readonly WireToolCall[];
  readonly agents: readonly WireToolCall[];
  readonly asks: readonly {
    readonly id: string;
    readonly prompt: string;
    readonly choices?: readonly string[];
  }[];
  readonly handoffs: readonly { readonly id: string; readonly to: Agent }[];
  /** Those that nobody can perform. */
  readonly refused: readonly { readonly id: string; readonly problem: string }[];
}

/** Only what the agent was given: a runtime may have the tools of other agents, too. */
export function sortCalls(calls: readonly WireToolCall[], rules: AgentRules): SortedCalls {
  const sorted = {
    tools: [] as WireToolCall[],
    agents: [] as WireToolCall[],
    asks: [] as SortedCalls["asks"][number][],
    handoffs: [] as SortedCalls["handoffs"][number][],
    refused: [] as SortedCalls["refused"][number][],
  };
  for (const call of calls) {
    const { id } = call;
    const { name } = call.function;
    const to = rules.handoffs().find((agent) => handoffName(agent) === name);
    if (rules.tools.has(name)) sorted.tools.push(call);
    else if (to !== undefined) sorted.handoffs.push({ id, to });
    else if (rules.agents.has(name)) {
      if (isFilled(argumentsOf(call)["task"])) sorted.agents.push(call);
      else sorted.refused.push({ id, problem: "task: give a text" });
    } else if (name === ASK_USER && rules.askUser !== null) {
      const question = readQuestion(argumentsOf(call));
      if (typeof question === "string") sorted.refused.push({ id, problem: question });
      else sorted.asks.push({ id, ...question });
    } else sorted.refused.push({ id, problem: `there is no tool ${JSON.stringify(name)}` });
  }
  return sorted;
}

function argumentsOf(given: WireToolCall): JsonObject {
  const call = readToolCall(given);
  return isBadToolCall(call) ? {} : call.arguments;
}
