import type { NodeRun, Plan, Write } from "@abstractruntime/core";
import type { LlmMessage } from "../llm/llm-message.ts";
import type { AgentVars } from "./agent-vars.ts";
import type { AgentOutput } from "./agent.ts";

/** The nodes of the graph that all agents share. */
type AgentNode = "think" | "summarised" | "read" | "act" | "acted" | "heard" | "check";

export type AgentRun = NodeRun<AgentVars>;

/** Results of effects go to `_temp`: what stays of them, a node puts elsewhere. */
export type AgentPlan = Plan<AgentNode, AgentOutput<unknown>, Write<`_temp.${string}`>>;

/** A tool's result as the model sees it. */
export function toolMessage(id: string, content: string): LlmMessage {
  return { role: "tool", tool_call_id: id, content };
}

export function errorMessage(id: string, problem: string): LlmMessage {
  return toolMessage(id, `Error: ${problem}`);
}
