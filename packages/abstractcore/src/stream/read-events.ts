import { createParser } from "eventsource-parser";
import { noAnswer } from "../remote/call-failure.ts";

/** Characters of one event; a server that sends more without an end is not one of models. */
const MAX_EVENT = 16 * 1024 * 1024;

/**
 * The data of the events in a body, as they come.
 *
 * @throws EffectError `llm_response_invalid`, an event without an end; what the body throws
 */
export async function* readEvents(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<string, void, void> {
  const events: string[] = [];
  const parser = createParser({
    maxBufferSize: MAX_EVENT,
    onEvent: ({ data }) => events.push(data),
    onError: (error) => {
      if (error.type === "max-buffer-size-exceeded")
        throw noAnswer("the model server's stream has an event without an end", error);
    },
  });
  const decoder = new TextDecoder();
  for await (const chunk of body) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    yield* events.splice(0);
  }
  // The last event may lack its empty line.
  parser.feed(`${decoder.decode()}\n\n`);
  yield* events.splice(0);
}
