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
  const all = allAgents(agents);
  const tools = new Set<Tool>(all.flatMap(({ rules }) => [...rules.tools.values()]));
  const called = new Map(all.flatMap(({ rules }) => [...rules.agents]));
  const client = clientOf(all);
  return [
    ...(client === null ? [] : [llmCallEffect({ client })]),
    ...toolCallsEffects(tools, options),
    ...(called.size === 0 ? [] : [agentCallsEffect(called)]),
  ];
}

function clientOf(agents: readonly Agent[]): LlmClient | null {
  const clients = new Set(agents.flatMap(({ rules: { llm } }) => (llm === null ? [] : [llm])));
  if (clients.size > 1)
    throw new AbstractRuntimeError(
      "invalid_argument",
      "agents of one runtime share a client: give the same llm to all of them, and each its model",
    );
  const [client = null] = clients;
  return client;
}
