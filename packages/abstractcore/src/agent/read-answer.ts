import { complete, fail, goto } from "@abstractruntime/core";
import type { Checked } from "../llm/check-schema.ts";
import type { LlmResult } from "../llm/llm-result.ts";
import { checkAnswer } from "../llm/structured-output.ts";
import { errorMessage, type AgentPlan, type AgentRun } from "./agent-node.ts";
import type { AgentRules } from "./agent.ts";
import { isFilled } from "./built-in-tools.ts";
import { readSaidCalls } from "./said-calls.ts";

/** Add the model's answer to the conversation. Calls that can't be read are answered at once. */
export function readAnswer({ vars }: AgentRun): AgentPlan {
  const { context, scratchpad } = vars;
  const { content, tool_calls } = answerOf(vars);
  const { calls, problems } = readSaidCalls(tool_calls, scratchpad.turns);
  if (calls.length === 0) {
    if (isFilled(content)) context.messages.push({ role: "assistant", content });
    return goto("check");
  }
  context.messages.push({ role: "assistant", content, tool_calls: calls });
  context.messages.push(...problems.map(({ id, problem }) => errorMessage(id, problem)));
  scratchpad.rejected = 0;
  return goto("act");
}

/** The model has called no tools: its answer is the final one, or it is told what is wrong with it. */
export async function checkFinal({ vars }: AgentRun, rules: AgentRules): Promise<AgentPlan> {
  const { scratchpad, context } = vars;
  const answer = answerOf(vars);
  const checked = await checkedAnswer(rules, answer.content);
  if (checked.isValid) {
    const { finish_reason } = answer;
    return complete({
      answer: checked.value,
      agent: rules.id,
      turns: scratchpad.turns,
      finish_reason,
    });
  }
  const { problem } = checked;
  if (scratchpad.rejected >= rules.maxRepairs)
    return fail(`agent ${rules.id}: ${problem}`, { code: "llm_output_invalid" });
  scratchpad.rejected += 1;
  const wanted = rules.output === null ? "Answer" : "Answer again, with the corrected JSON alone";
  context.messages.push({ role: "user", content: `${problem}\n${wanted}, or call a tool.` });
  return goto("think");
}

async function checkedAnswer({ output }: AgentRules, content: string | null): Promise<Checked> {
  if (!isFilled(content)) return { isValid: false, problem: "The answer is empty." };
  if (output === null) return { isValid: true, value: content };
  return checkAnswer(output, { content });
}

function answerOf({ _temp: { answer } }: AgentRun["vars"]): LlmResult {
  if (answer === undefined) throw new Error("there is no answer of the model");
  return answer;
}
