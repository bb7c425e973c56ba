import { AbstractRuntimeError } from "@abstractruntime/core";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { defineOutput, type OutputFormat } from "../llm/output-format.ts";
import { isAgent, type Agent, type AgentRules, type ReactAgentSpec } from "./agent.ts";
import { agentEffects } from "./agent-effects.ts";
import { agentWorkflow } from "./agent-workflow.ts";
import { ASK_USER, handoffName } from "./built-in-tools.ts";
import { assertHistory } from "./history-rules.ts";

/**
 * Make an agent that reasons and acts: it asks a model, performs the tools that the model calls, tells it the results, and so on
 * until the model answers without a call. It is an ordinary workflow, so each model call and each tool call is a step of its own:
 * after a crash the run goes on where it was, and what had ended is not done again.
 *
 * @example
 * const agent = reactAgent({ system: "You are brief.", tools: [weather] });
 * const runtime = createRemoteRuntime({ baseUrl, model, effects: agent.effects });
 * const run = await runtime.start(agent, { vars: { task: "Do I need an umbrella in Paris?" } });
 * console.log((await run.result()).answer);
 *
 * @throws invalid_argument, invalid_workflow
 */
export function reactAgent<Data = string, Other = never>(
  spec: ReactAgentSpec<Data, Other>,
): Agent<Data | Other> {
  const rules = rulesOf(spec);
  const workflow = agentWorkflow(rules, spec.version ?? "1");
  const agent = {
    ...workflow,
    description: rules.description,
    rules,
    get effects() {
      return agentEffects([agent]);
    },
  } as Agent<Data | Other>;
  return Object.freeze(agent);
}

function rulesOf(spec: ReactAgentSpec<unknown, unknown>): AgentRules {
  const { id = "react_agent", params = {}, model, maxTurns = 100, maxRepairs = 2 } = spec;
  if (typeof id !== "string" || !/^[\w-]{1,50}$/.test(id))
    throw invalid("agent: id must be 1 to 50 of A-Z a-z 0-9 _ -");
  if (!(Number.isInteger(maxTurns) && maxTurns >= 1))
    throw invalid(`agent ${id}: maxTurns must be an integer from 1`);
  if (!(Number.isInteger(maxRepairs) && maxRepairs >= 0))
    throw invalid(`agent ${id}: maxRepairs must be an integer from 0`);
  if (spec.history !== undefined) assertHistory(spec.history);
  const { tools = [], handoffs = [] } = spec;
  const rules: AgentRules = {
    id,
    description: spec.description ?? "",
    system: spec.system ?? null,
    params: model === undefined ? params : { model, ...params },
    llm: spec.llm ?? null,
    tools: new Map(tools.flatMap((tool) => (isAgent(tool) ? [] : [[tool.name, tool] as const]))),
    agents: new Map(tools.filter(isAgent).map((agent) => [agent.id, agent])),
    handoffs: typeof handoffs === "function" ? handoffs : () => handoffs,
    askUser: askUserOf(spec.askUser ?? false),
    history: spec.history ?? null,
    output: spec.output === undefined ? null : formatOf(id, spec.output),
    maxTurns,
    maxRepairs,
  };
  const named = typeof handoffs === "function" ? [] : handoffs.map(handoffName);
  assertNames(id, [
    ...tools.map((tool) => (isAgent(tool) ? tool.id : tool.name)),
    ...named,
    ...(rules.askUser === null ? [] : [ASK_USER]),
  ]);
  return Object.freeze(rules);
}

function askUserOf(
  given: NonNullable<ReactAgentSpec<unknown, unknown>["askUser"]>,
): AgentRules["askUser"] {
  if (given === false) return null;
  return { timeoutMs: given === true ? null : (given.timeoutMs ?? null) };
}

function formatOf(id: string, output: StandardSchemaV1 | OutputFormat): OutputFormat {
  return "jsonSchema" in output ? output : defineOutput({ name: `${id}_answer`, schema: output });
}

function assertNames(id: string, names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw invalid(`agent ${id}: two tools have the name ${twice}`);
}

function invalid(message: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_argument", message);
}
