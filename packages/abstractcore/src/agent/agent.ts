import type { DelegatedEffect, EffectDefinition, Workflow } from "@abstractruntime/core";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { LlmClient } from "../llm/llm-client.ts";
import type { LlmParams } from "../llm/llm-params.ts";
import type { OutputFormat } from "../llm/output-format.ts";
import type { Tool } from "../tools/tool.ts";
import type { AgentInput, AgentVars } from "./agent-vars.ts";
import type { HistoryRules } from "./history-rules.ts";

/** What an agent comes to. */
export type AgentOutput<Answer = string> = {
  /** The final answer: a text, or what the agent's `output` makes of it. */
  readonly answer: Answer;
  /** Who answered: the agent itself, or one that it handed the conversation to. */
  readonly agent: string;
  /** Model calls that it took, without those for summaries. */
  readonly turns: number;
  readonly finish_reason: string | null;
};

/** An agent is a workflow like any other. Made by `reactAgent`. */
// oxlint-disable-next-line typescript/no-explicit-any -- an agent of any answer is an Agent
export interface Agent<Answer = any> extends Workflow<AgentVars, AgentOutput<Answer>, AgentInput> {
  /** For other agents, which may call it as a tool or hand their conversation to it. */
  readonly description: string;
  /** Its effects, those of all agents that it may call or hand over to among them: for `new Runtime({ effects })`. */
  readonly effects: readonly (EffectDefinition | DelegatedEffect)[];
  readonly rules: AgentRules;
}

/** An agent's options, with what was left out filled in. */
export interface AgentRules {
  readonly id: string;
  readonly description: string;
  readonly system: string | null;
  readonly params: LlmParams;
  readonly llm: LlmClient | null;
  readonly tools: ReadonlyMap<string, Tool>;
  /** Agents that are called as tools, by their ids. */
  readonly agents: ReadonlyMap<string, Agent>;
  /** Agents that may take over, by their ids. Looked at when it runs, for they may know each other. */
  readonly handoffs: () => readonly Agent[];
  /** Null: nobody is asked. */
  readonly askUser: { readonly timeoutMs: number | null } | null;
  readonly history: HistoryRules | null;
  readonly output: OutputFormat | null;
  readonly maxTurns: number;
  readonly maxRepairs: number;
}

export interface ReactAgentSpec<Data, Other> {
  /** 1 to 50 of A-Z a-z 0-9 _ -, `react_agent` by default. Runs remember it. */
  readonly id?: string | undefined;
  readonly version?: string | undefined;
  /** For agents that may call this one or hand over to it: what it does, and when to use it. */
  readonly description?: string | undefined;
  /** Who the agent is and how it works: the system prompt. */
  readonly system?: string | undefined;
  /** Who is asked. Without it, the runtime's own `llm_call` effect says: that of a factory, or of `llmCallEffect`. */
  readonly llm?: LlmClient | undefined;
  /** Instead of the client's. */
  readonly model?: string | undefined;
  /** Parameters of every model call: `temperature`, `max_tokens`, `stream` … */
  readonly params?: LlmParams | undefined;
  /** What the model may call: tools, and agents, which then run as child runs. */
  readonly tools?: readonly (Tool | Agent)[] | undefined;
  /** Agents that the conversation may be handed to. A function, where two agents know each other. */
  readonly handoffs?: readonly Agent<Other>[] | (() => readonly Agent<Other>[]) | undefined;
  /** Whether the model may ask the user: the tool `ask_user`, for whose answer the run waits. */
  readonly askUser?: boolean | { readonly timeoutMs?: number | undefined } | undefined;
  /** How long the conversation may get; as long as it likes, by default. */
  readonly history?: HistoryRules | undefined;
  /** What the final answer must be: any Standard Schema, or a form of `defineOutput`. A text, by default. */
  readonly output?: StandardSchemaV1<unknown, Data> | OutputFormat<Data> | undefined;
  /** Model calls after which the run fails, `max_turns_exceeded`; 100 by default. Budgets are a run's `_limits`. */
  readonly maxTurns?: number | undefined;
  /** How often in a row the model is told what is wrong with its final answer before the run fails; 2 by default. */
  readonly maxRepairs?: number | undefined;
}

export function isAgent(value: Tool | Agent): value is Agent {
  return "rules" in value;
}
