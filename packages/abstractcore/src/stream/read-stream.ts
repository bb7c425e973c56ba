import type { JsonObject } from "@abstractruntime/core";
import { isObject } from "../llm/is-object.ts";
import type { LlmDelta } from "../llm/llm-client.ts";
import type { LlmResult } from "../llm/llm-result.ts";
import { noAnswer } from "../remote/call-failure.ts";
import { CompletionAssembler } from "./completion-assembler.ts";
import { readEvents } from "./read-events.ts";

export interface StreamReader {
  readonly onDelta: (delta: LlmDelta) => void;
  /** Hears of every sign of life, comments apart. */
  readonly onAlive: () => void;
  /** Throws if a chunk is an error. */
  readonly refuseError: (chunk: JsonObject) => void;
  readonly traceId: string | null;
}

/**
 * Read a streamed completion to its end. It has ended when the server says `[DONE]`, or the model gave its finish reason; a
 * stream that stops before is no answer, whatever came of it.
 *
 * @throws EffectError `llm_response_invalid`; what the body throws
 */
export async function readStream(
  body: AsyncIterable<Uint8Array>,
  reader: StreamReader,
): Promise<LlmResult> {
  const assembler = new CompletionAssembler(reader.onDelta);
  let isDone = false;
  for await (const data of readEvents(alive(body, reader.onAlive))) {
    if (data === "[DONE]") isDone = true;
    if (isDone) break;
    const chunk = parseChunk(data);
    reader.refuseError(chunk);
    assembler.add(chunk);
  }
  if (!isDone && !assembler.isFinished) throw noAnswer("the model server's stream was cut short");
  if (!assembler.hasChoice) throw noAnswer("the model server's stream has no answer in it");
  return assembler.result(reader.traceId);
}

async function* alive(
  body: AsyncIterable<Uint8Array>,
  onAlive: () => void,
): AsyncGenerator<Uint8Array, void, void> {
  for await (const chunk of body) {
    onAlive();
    yield chunk;
  }
}

function parseChunk(data: string): JsonObject {
  try {
    const chunk: unknown = JSON.parse(data);
    if (isObject(chunk)) return chunk;
  } catch {
    // Refused below.
  }
  throw noAnswer("the model server's stream holds a chunk that is no JSON object");
}
