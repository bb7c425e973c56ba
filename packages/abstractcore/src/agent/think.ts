import { fail, goto, ref, type NodeContext } from "@abstractruntime/core";
import { isObject } from "../llm/is-object.ts";
import { llmCall } from "../llm/llm-call.ts";
import type { AgentPlan, AgentRun } from "./agent-node.ts";
import { agentRequest, withSummary } from "./agent-request.ts";
import type { AgentRules } from "./agent.ts";
import { isFilled } from "./built-in-tools.ts";
import { cutOf } from "./cut-history.ts";
import { limitNotes } from "./limit-notes.ts";

const MESSAGES = "context.messages";

/** Ask the model what to do next; before that, sum up a conversation that has become too long, or cut it. */
export function think(run: AgentRun, rules: AgentRules, maxTurns: number): AgentPlan {
  const { vars } = run;
  const { scratchpad } = vars;
  if (scratchpad.turns >= maxTurns)
    return fail(
      `agent ${rules.id} has no final answer after ${maxTurns} turns: raise maxTurns, or make its task smaller`,
      { code: "max_turns_exceeded" },
    );
  const request = agentRequest(rules);
  if (vars.context.request?.made_of !== request.made_of)
    vars.context.request = withSummary(request, vars.context.summary);
  const summary = shorten(run, rules);
  if (summary !== null) return summary;
  tellLimits(run);
  scratchpad.turns += 1;
  return llmCall({
    messages: ref(MESSAGES),
    systemPrompt: ref("context.request.system"),
    tools: ref("context.request.tools"),
    params: ref("context.request.params"),
    resultKey: "_temp.answer",
    next: "read",
  });
}

/** The conversation was summed up: the summary takes the place of what it is about. */
export function summarised(run: AgentRun, rules: AgentRules, { logger }: NodeContext): AgentPlan {
  const { context, _temp } = run.vars;
  const { history } = rules;
  if (isText(history?.summarise)) context.messages.pop();
  const said = isObject(_temp.summary) ? _temp.summary["content"] : _temp.summary;
  if (isFilled(said ?? undefined)) context.summary = said as string;
  else logger.warn("agent.no_summary", { runId: run.runId, agent: rules.id });
  if (history !== null) cut(run, history.keep ?? Math.ceil(history.maxMessages / 2));
  context.request = withSummary(agentRequest(rules), context.summary);
  return goto("think");
}

/** What sums up a conversation that is too long; without such a rule, it is cut at once. */
function shorten(run: AgentRun, { history, params }: AgentRules): AgentPlan | null {
  const { messages } = run.vars.context;
  if (history === null || messages.length <= history.maxMessages) return null;
  const { summarise = false, maxMessages, keep = Math.ceil(maxMessages / 2) } = history;
  if (summarise === false) {
    cut(run, maxMessages);
    return null;
  }
  if (cutOf(messages, keep) === null) return null;
  const place = { resultKey: "_temp.summary", next: "summarised" } as const;
  if (!isText(summarise)) {
    const effect = { type: summarise.type, payload: { messages: ref(MESSAGES) } };
    return { effect: { ...effect, resultKey: place.resultKey }, nextNode: place.next };
  }
  messages.push({ role: "user", content: summarise === true ? INSTRUCTIONS : summarise });
  const hasTools = run.vars.context.request?.tools != null;
  return llmCall({
    messages: ref(MESSAGES),
    systemPrompt: ref("context.request.system"),
    // A history with tool calls is no history to a server that is told of no tools.
    tools: ref("context.request.tools"),
    params: hasTools ? { ...params, tool_choice: "none" } : params,
    ...place,
  });
}

const INSTRUCTIONS =
  "Before we go on: sum up this conversation for yourself. What is the task, what was done and found out, what was decided, " +
  "what is left to do? Name files, numbers and names exactly. Answer with the summary alone.";

function isText(summarise: unknown): summarise is string | true {
  return typeof summarise === "string" || summarise === true;
}

function cut(run: AgentRun, max: number): void {
  const { messages } = run.vars.context;
  const left = cutOf(messages, max);
  if (left !== null) messages.splice(left.from, left.to - left.from);
}

function tellLimits({ vars }: AgentRun): void {
  const { scratchpad, context, _limits: limits } = vars;
  const { notes, told } = limitNotes(limits, scratchpad.told);
  for (const content of notes) context.messages.push({ role: "system", content });
  if (notes.length > 0 || Object.keys(told).length < Object.keys(scratchpad.told).length)
    scratchpad.told = told;
}
