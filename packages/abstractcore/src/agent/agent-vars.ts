import type { JsonObject, JsonValue } from "@abstractruntime/core";
import { z } from "zod";
import { isObject } from "../llm/is-object.ts";
import type { LlmMessage, LlmTool } from "../llm/llm-message.ts";
import type { LlmResult } from "../llm/llm-result.ts";
import type { LlmParams } from "../llm/llm-params.ts";
import type { ToolResults } from "../tools/tool-executor.ts";

/** What a run of an agent is started with: a task, a conversation so far, or both (the task then comes last). */
export interface AgentInput {
  readonly task?: string | undefined;
  readonly messages?: readonly LlmMessage[] | undefined;
  /** Budgets of this run, by the names of `Limits`. */
  readonly _limits?: JsonObject | undefined;
}

/** What a run of an agent holds. */
export interface AgentVars {
  context: {
    task: string | null;
    /** The conversation; the system prompt is no part of it. */
    messages: LlmMessage[];
    /** What was said before the conversation was cut. */
    summary?: string;
    /** The parts of each model call that stay the same. The calls refer to them, so that the ledger has them once. */
    request?: AgentRequest;
  };
  scratchpad: {
    /** The agent that has the conversation; null: the one that it began with. */
    agent: string | null;
    turns: number;
    /** Answers in a row that were no final answer. */
    rejected: number;
    /** Ids of the tool calls that are being performed. */
    calling: string[];
    /** The limits that the model was told of, and how they stood. */
    told: Record<string, string>;
  };
  _temp: {
    answer?: LlmResult;
    results?: ToolResults;
    /** What a person said. */
    reply?: JsonValue;
    summary?: JsonValue;
  };
  _limits?: JsonObject;
}

export interface AgentRequest {
  /** Of what agent and summary it was made. */
  readonly made_of: string;
  readonly system: string | null;
  readonly tools: readonly LlmTool[] | null;
  readonly params: LlmParams;
}

const roles: readonly unknown[] = ["system", "developer", "user", "assistant", "tool"];

const message = z.custom<LlmMessage>(
  (value) => isObject(value) && roles.includes(value["role"]),
  "must be a message: an object with a role",
);

const input = z.looseObject({
  task: z.string().optional(),
  messages: z.array(message).optional(),
  context: z.looseObject({ messages: z.array(message).optional() }).optional(),
});

/** Makes of what a run is started with what it holds. What it has made, it leaves as it is. */
export const agentVars: z.ZodType<AgentVars, AgentInput> = input.transform((given, check) => {
  const { task, messages, context, ...rest } = given;
  const said: LlmMessage[] = [...(context?.messages ?? []), ...(messages ?? [])];
  if (task !== undefined) said.push({ role: "user", content: task });
  if (said.length === 0) {
    check.addIssue({ code: "custom", message: "give a task, or messages", path: ["task"] });
    return z.NEVER;
  }
  const scratchpad = { agent: null, turns: 0, rejected: 0, calling: [], told: {} };
  const vars = {
    _temp: {},
    ...rest,
    scratchpad: { ...scratchpad, ...(rest["scratchpad"] as object | undefined) },
    context: { task: task ?? null, ...context, messages: said },
  };
  return vars;
});
