import {
  AbstractRuntimeError,
  defineDelegatedEffect,
  type ChildResult,
  type DelegatedEffect,
  type JsonObject,
  type JsonValue,
} from "@abstractruntime/core";
import { isBadToolCall, readToolCall } from "../llm/tool-call.ts";
import type { ToolResults } from "../tools/tool-executor.ts";
import type { Agent, AgentOutput } from "./agent.ts";

/** The effect type of tool calls that agents perform. */
export const AGENT_CALLS = "agent_calls";

/** Agents that are called as tools: each call is a run of the agent, and what it answers is the call's result. */
export function agentCallsEffect(agents: ReadonlyMap<string, Agent>): DelegatedEffect {
  return defineDelegatedEffect({
    type: AGENT_CALLS,
    workflows: [...agents.values()],
    delegate: (payload) => ({
      children: callsIn(payload).map((call) => childOf(call, agents)),
    }),
    joined: (children, payload): ToolResults => {
      const calls = callsIn(payload);
      const results = children.map((child) => resultOf(child, calls[child.index] ?? null));
      return { mode: "executed", results };
    },
  });
}

function callsIn({ tool_calls: calls }: JsonObject): readonly JsonValue[] {
  return Array.isArray(calls) ? (calls as readonly JsonValue[]) : [];
}

function childOf(given: JsonValue, agents: ReadonlyMap<string, Agent>) {
  const call = readToolCall(given);
  const workflow = agents.get(call.name);
  if (workflow === undefined || isBadToolCall(call))
    throw new AbstractRuntimeError(
      "invalid_argument",
      `no agent is named ${call.name}: give it in the tools of the agent that calls it`,
    );
  return { workflow, vars: { task: call.arguments["task"] } };
}

function resultOf(
  { status, output, error }: ChildResult,
  given: JsonValue,
): ToolResults["results"][0] {
  const { call_id, name } = readToolCall(given);
  if (status === "completed") {
    const { answer } = output as AgentOutput<JsonValue>;
    return { call_id, name, success: true, output: answer, error: null };
  }
  const why = error?.["message"];
  const told = typeof why === "string" ? `${status}: ${why}` : status;
  return { call_id, name, success: false, output: null, error: told };
}
