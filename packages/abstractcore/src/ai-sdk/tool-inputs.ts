import type { LlmDelta } from "../llm/llm-client.ts";

/** Numbers the tool calls of a streamed answer. */
export class ToolInputs {
  readonly #indices = new Map<string, number>();

  start(id: string, name: string): LlmDelta {
    const index = this.#indices.size;
    this.#indices.set(id, index);
    return { type: "tool_call", index, id, name };
  }

  add(id: string, text: string): LlmDelta | undefined {
    const index = this.#indices.get(id);
    return index === undefined || text === ""
      ? undefined
      : { type: "tool_call", index, arguments: text };
  }
}
