import { llmResult, type LlmClient, type LlmRequest, type LlmResult } from "../../src/index.ts";

/** What a scripted model answers: a text, or tool calls by name and arguments, or the whole result. */
export type Said = string | readonly Call[] | Partial<LlmResult>;
export type Call = readonly [name: string, args: unknown];

/** A model that says what a test tells it, in turn, and keeps what it was asked. The last answer is repeated. */
export class ScriptedModel implements LlmClient {
  readonly requests: LlmRequest[] = [];
  readonly #says: readonly (Said | ((request: LlmRequest) => Said))[];

  constructor(...says: readonly (Said | ((request: LlmRequest) => Said))[]) {
    this.#says = says;
  }

  async generate(request: LlmRequest): Promise<LlmResult> {
    const turn = this.requests.push(structuredClone(request));
    const said = this.#says[Math.min(turn, this.#says.length) - 1] ?? "";
    return resultOf(typeof said === "function" ? said(request) : said, turn);
  }

  /** The contents of the messages that the model saw, by role, in one of its requests; the last by default. */
  seen(role: string, index = -1): readonly unknown[] {
    const messages = this.requests.at(index)?.messages ?? [];
    return messages.filter((message) => message.role === role).map(({ content }) => content);
  }
}

function resultOf(said: Said, turn: number): LlmResult {
  const usage = { prompt_tokens: 100, completion_tokens: 10 };
  if (typeof said === "string") return llmResult({ content: said, usage, finish_reason: "stop" });
  if (!isCalls(said)) return llmResult({ usage, ...said });
  const tool_calls = said.map(([name, args], index) => ({
    id: `t${turn}_${index}`,
    type: "function" as const,
    function: { name, arguments: typeof args === "string" ? args : JSON.stringify(args) },
  }));
  return llmResult({ tool_calls, usage, finish_reason: "tool_calls" });
}

function isCalls(said: readonly Call[] | Partial<LlmResult>): said is readonly Call[] {
  return Array.isArray(said);
}
