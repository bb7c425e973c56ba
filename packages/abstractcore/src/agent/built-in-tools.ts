import type { JsonObject, JsonValue } from "@abstractruntime/core";
import { isObject } from "../llm/is-object.ts";
import type { LlmTool } from "../llm/llm-message.ts";
import type { Agent } from "./agent.ts";

export const ASK_USER = "ask_user";

const text = (description: string): JsonObject => ({ type: "string", description });

/** The tool by which a model asks the user. */
export const askUserTool: LlmTool = functionTool(
  ASK_USER,
  "Ask the user a question, and get the answer.",
  {
    question: text("What to ask"),
    choices: { type: "array", items: { type: "string" }, description: "Answers to choose from" },
  },
  ["question"],
);

/** The tool by which a model gives an agent a task. */
export function agentTool({ id, description }: Agent): LlmTool {
  const task = text("What to do, with everything that the agent has to know");
  return functionTool(id, description || `Ask the agent ${id}.`, { task }, ["task"]);
}

export function handoffName({ id }: Pick<Agent, "id">): string {
  return `transfer_to_${id}`;
}

/** The tool by which a model hands the conversation to an agent. */
export function handoffTool(agent: Agent): LlmTool {
  const description = `Hand the conversation to the agent ${agent.id}. ${agent.description}`;
  return functionTool(handoffName(agent), description.trimEnd(), {}, []);
}

/** What a model asks of the user, or what is wrong with it. */
export function readQuestion(
  args: JsonObject,
): { readonly prompt: string; readonly choices?: readonly string[] } | string {
  const { question, choices } = args;
  if (!isFilled(question)) return "question: give a text";
  if (choices === undefined || choices === null) return { prompt: question };
  if (!Array.isArray(choices) || !choices.every(isFilled)) return "choices: give a list of texts";
  return choices.length === 0 ? { prompt: question } : { prompt: question, choices };
}

/** What a user's answer says to the model. */
export function replyText(reply: JsonValue): string {
  if (typeof reply === "string") return reply;
  if (!isObject(reply)) return JSON.stringify(reply);
  if (reply["timed_out"] === true) return "Error: the user did not answer in time";
  const said = reply["text"] ?? reply["choice"];
  return typeof said === "string" ? said : JSON.stringify(reply);
}

export function isFilled(value: JsonValue | undefined): value is string {
  return typeof value === "string" && value.trim() !== "";
}

function functionTool(
  name: string,
  description: string,
  properties: JsonObject,
  required: readonly string[],
): LlmTool {
  const parameters = { type: "object", properties, required, additionalProperties: false };
  return { type: "function", function: { name, description, parameters } };
}
