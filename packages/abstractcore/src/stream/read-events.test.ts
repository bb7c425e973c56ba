import { describe, expect, it } from "vitest";
import { readEvents } from "./read-events.ts";

async function* bytes(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

async function all(stream: AsyncIterable<Uint8Array>): Promise<readonly string[]> {
  const events: string[] = [];
  for await (const event of readEvents(stream)) events.push(event);
  return events;
}

describe("readEvents", () => {
  it("gives the data of each event, of several lines and without an empty line at the end", async () => {
    const stream = bytes("data: a\ndata: b\n\n: ping\n\nevent: x\nda", "ta: c");
    expect(await all(stream)).toEqual(["a\nb", "c"]);
  });

  it("gives up on an event that has no end", async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("data: ");
      for (;;) yield Buffer.alloc(1024 * 1024, "x");
    }
    await expect(all(endless())).rejects.toMatchObject({
      code: "llm_response_invalid",
    });
  });
});
