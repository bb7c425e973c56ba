import { AbstractRuntimeError } from "@abstractruntime/core";
import type { Agent, AgentRules } from "./agent.ts";

/**
 * The agents that a conversation may come to, by their ids: the one that it begins with, those that it may hand over to, those
 * that these may hand over to, and so on.
 *
 * @throws invalid_argument two agents of one id
 */
export function agentFamily(first: AgentRules): ReadonlyMap<string, AgentRules> {
  const family = new Map<string, AgentRules>();
  const add = (rules: AgentRules): void => {
    const known = family.get(rules.id);
    if (known === rules) return;
    if (known !== undefined) throw duplicate(rules.id);
    family.set(rules.id, rules);
    for (const other of rules.handoffs()) add(other.rules);
  };
  add(first);
  return family;
}

/**
 * Agents and all those that they may call or hand over to, each once.
 *
 * @throws invalid_argument two agents of one id
 */
export function allAgents(agents: Iterable<Agent>): readonly Agent[] {
  const found = new Map<string, Agent>();
  const add = (agent: Agent): void => {
    const known = found.get(agent.id);
    if (known?.rules === agent.rules) return;
    if (known !== undefined) throw duplicate(agent.id);
    found.set(agent.id, agent);
    for (const other of [...agent.rules.agents.values(), ...agent.rules.handoffs()]) add(other);
  };
  for (const agent of agents) add(agent);
  return [...found.values()];
}

function duplicate(id: string): AbstractRuntimeError {
  return new AbstractRuntimeError(
    "invalid_argument",
    `two agents have the id ${id}: give each its own`,
    { details: { agent: id } },
  );
}
