import type { JsonObject, JsonValue } from "@abstractruntime/core";
import { isObject } from "../llm/is-object.ts";
import type { LlmDelta } from "../llm/llm-client.ts";
import { llmResult, type LlmResult } from "../llm/llm-result.ts";
import type { WireToolCall } from "../llm/tool-call.ts";

interface OpenCall {
  id: string;
  name: string;
  arguments: string;
}

/** Puts the chunks of a streamed completion together. */
export class CompletionAssembler {
  readonly #onDelta: (delta: LlmDelta) => void;
  readonly #calls = new Map<number, OpenCall>();
  #content: string | null = null;
  #usage: JsonObject | null = null;
  #model: string | null = null;
  #finishReason: string | null = null;
  #hasChoice = false;

  constructor(onDelta: (delta: LlmDelta) => void) {
    this.#onDelta = onDelta;
  }

  /** Whether a choice came at all. */
  get hasChoice(): boolean {
    return this.#hasChoice;
  }

  /** Whether the model said that it is done. */
  get isFinished(): boolean {
    return this.#finishReason !== null;
  }

  add(chunk: JsonObject): void {
    if (typeof chunk["model"] === "string") this.#model = chunk["model"];
    if (isObject(chunk["usage"])) this.#usage = chunk["usage"];
    const choice = Array.isArray(chunk["choices"]) ? (chunk["choices"][0] as JsonValue) : null;
    if (!isObject(choice) || (choice["index"] ?? 0) !== 0) return;
    this.#hasChoice = true;
    if (typeof choice["finish_reason"] === "string") this.#finishReason = choice["finish_reason"];
    if (isObject(choice["delta"])) this.#addDelta(choice["delta"]);
  }

  result(traceId: string | null): LlmResult {
    return llmResult({
      content: this.#content,
      tool_calls: this.#calls.size === 0 ? null : [...this.#calls.values()].map(wireCall),
      usage: this.#usage,
      model: this.#model,
      finish_reason: this.#finishReason,
      metadata: traceId === null ? null : { trace_id: traceId },
    });
  }

  #addDelta(delta: JsonObject): void {
    const reasoning = delta["reasoning_content"] ?? delta["reasoning"];
    if (isText(reasoning)) this.#onDelta({ type: "reasoning", text: reasoning });
    const { content } = delta;
    if (typeof content === "string") this.#content = (this.#content ?? "") + content;
    if (isText(content)) this.#onDelta({ type: "content", text: content });
    const calls = delta["tool_calls"];
    if (Array.isArray(calls))
      for (const [place, call] of (calls as readonly JsonValue[]).entries())
        if (isObject(call)) this.#addCall(call, place);
  }

  #addCall(piece: JsonObject, place: number): void {
    const index = typeof piece["index"] === "number" ? piece["index"] : place;
    const said = isObject(piece["function"]) ? piece["function"] : {};
    const call = this.#calls.get(index) ?? { id: "", name: "", arguments: "" };
    this.#calls.set(index, call);
    const fresh: { id?: string; name?: string; arguments?: string } = {};
    // Some servers repeat id and name in each piece.
    if (call.id === "" && isText(piece["id"])) fresh.id = call.id = piece["id"];
    if (call.name === "" && isText(said["name"])) fresh.name = call.name = said["name"];
    if (isText(said["arguments"])) {
      fresh.arguments = said["arguments"];
      call.arguments += fresh.arguments;
    }
    if (Object.keys(fresh).length > 0) this.#onDelta({ type: "tool_call", index, ...fresh });
  }
}

function wireCall({ id, name, arguments: args }: OpenCall): WireToolCall {
  return { id, type: "function", function: { name, arguments: args } };
}

function isText(value: JsonValue | undefined): value is string {
  return typeof value === "string" && value !== "";
}
