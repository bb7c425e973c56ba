import {
  AbstractRuntimeError,
  type DelegatedEffect,
  type EffectDefinition,
} from "@abstractruntime/core";
import { llmCallEffect } from "../llm/llm-call-effect.ts";
import type { LlmClient } from "../llm/llm-client.ts";
import { toolCallsEffects, type ToolCallsOptions } from "../tools/tool-calls-effects.ts";
import type { Tool } from "../tools/tool.ts";
import { agentCallsEffect } from "./agent-calls-effect.ts";
import { allAgents } from "./agent-family.ts";
import type { Agent } from "./agent.ts";

/**
 * The effects of several agents, and of all agents that they may call or hand over to: for a runtime that drives them all. That
 * of the model calls is among them where an agent brings its own client.
 *
 * @throws invalid_argument two agents of one id, two tools of one name, or two clients
 */
export function agentEffects(
  agents: Iterable<Agent>,
  options: ToolCallsOptions = {},
): readonly (EffectDefinition | DelegatedEffect)[] {
  const { llm, tools, calls } = agentNeeds(agents);
  return [
    ...(llm === null ? [] : [llmCallEffect({ client: llm })]),
    ...toolCallsEffects(tools, options),
    ...calls,
  ];
}

/** What agents need of a runtime. */
export interface AgentNeeds {
  /** The client that they bring. */
  readonly llm: LlmClient | null;
  readonly tools: readonly Tool[];
  /** The effect by which they call one another, if they do. */
  readonly calls: readonly DelegatedEffect[];
}

/** @throws invalid_argument two agents of one id, or two clients */
export function agentNeeds(agents: Iterable<Agent>): AgentNeeds {
  const all = allAgents(agents).map(({ rules }) => rules);
  const tools = new Set(all.flatMap((rules) => [...rules.tools.values()]));
  const called = new Map(all.flatMap((rules) => [...rules.agents]));
  const [llm = null, ...others] = new Set(all.flatMap((rules) => rules.llm ?? []));
  if (others.length > 0)
    throw new AbstractRuntimeError(
      "invalid_argument",
      "agents of one runtime share a client: give the same llm to all of them, and each its model",
    );
  return { llm, tools: [...tools], calls: called.size === 0 ? [] : [agentCallsEffect(called)] };
}
