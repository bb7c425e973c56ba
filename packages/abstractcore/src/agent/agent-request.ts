import { hash } from "node:crypto";
import type { LlmTool } from "../llm/llm-message.ts";
import { responseFormat } from "../llm/structured-output.ts";
import { toLlmTool } from "../tools/tool.ts";
import type { AgentRules } from "./agent.ts";
import type { AgentRequest } from "./agent-vars.ts";
import { agentTool, askUserTool, handoffTool } from "./built-in-tools.ts";

const made = new WeakMap<AgentRules, AgentRequest>();

/** What every model call of an agent has. Made once: agents may hand over to one another, so not before they are all there. */
export function agentRequest(rules: AgentRules): AgentRequest {
  const known = made.get(rules);
  if (known !== undefined) return known;
  const request = makeRequest(rules);
  made.set(rules, request);
  return request;
}

/** The same, with what was said before at the end of the system prompt. */
export function withSummary(request: AgentRequest, summary: string | undefined): AgentRequest {
  if (summary === undefined) return request;
  const told = `What was said before, in short:\n${summary}`;
  return { ...request, system: request.system === null ? told : `${request.system}\n\n${told}` };
}

function makeRequest(rules: AgentRules): AgentRequest {
  const { system, output, params: given } = rules;
  const params = output === null ? given : { response_format: responseFormat(output), ...given };
  const tools = toolsOf(rules);
  const request = { system, tools: tools.length === 0 ? null : tools, params };
  return { made_of: hash("sha256", JSON.stringify(request)).slice(0, 16), ...request };
}

function toolsOf({ tools, agents, askUser, handoffs }: AgentRules): readonly LlmTool[] {
  return [
    ...[...tools.values()].map(toLlmTool),
    ...[...agents.values()].map(agentTool),
    ...(askUser === null ? [] : [askUserTool]),
    ...handoffs().map(handoffTool),
  ];
}
