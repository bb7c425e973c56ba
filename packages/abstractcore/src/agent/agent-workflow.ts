import { defineWorkflow, END, type Workflow } from "@abstractruntime/core";
import { act, acted, heard } from "./act.ts";
import { agentFamily } from "./agent-family.ts";
import type { AgentRun } from "./agent-node.ts";
import { agentVars } from "./agent-vars.ts";
import type { AgentRules } from "./agent.ts";
import { checkFinal, readAnswer } from "./read-answer.ts";
import { summarised, think } from "./think.ts";

/**
 * The graph that all agents share: think, act, think, … until an answer is the final one. Where a conversation stands, its
 * messages say: what is to be done are the calls of the last answer that have no result.
 */
export function agentWorkflow(rules: AgentRules, version: string): Workflow {
  let family: ReadonlyMap<string, AgentRules> | undefined;
  /** The agent that has the conversation. */
  const active = ({ vars }: AgentRun): AgentRules => {
    family ??= agentFamily(rules);
    const { agent } = vars.scratchpad;
    return (agent === null ? rules : family.get(agent)) ?? rules;
  };
  return defineWorkflow({
    id: rules.id,
    version,
    entry: "act",
    vars: agentVars,
    nodes: {
      think: (run: AgentRun) => think(run, active(run), rules.maxTurns),
      read: (run: AgentRun) => readAnswer(run),
      act: (run: AgentRun) => act(run, active(run)),
      acted: (run: AgentRun) => acted(run),
      heard: (run: AgentRun) => heard(run),
      check: (run: AgentRun) => checkFinal(run, active(run)),
      summarised: (run: AgentRun, context) => summarised(run, active(run), context),
    },
    edges: {
      think: ["read", "summarised", END],
      read: ["act", "check"],
      act: ["acted", "heard", "think"],
      acted: ["act"],
      heard: ["act"],
      check: ["think", END],
      summarised: ["think"],
    },
  });
}
