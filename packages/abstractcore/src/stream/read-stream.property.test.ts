import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LlmDelta } from "../llm/llm-client.ts";
import type { LlmResult } from "../llm/llm-result.ts";
import type { WireToolCall } from "../llm/tool-call.ts";
import { readStream } from "./read-stream.ts";

/** What a model says, as the pieces that its server sends. */
const anyDelta = fc.oneof(
  fc.record({ content: fc.string({ unit: "grapheme" }) }),
  fc.record({ reasoning_content: fc.string() }),
  fc
    .record({ index: fc.nat(2), name: fc.string(), args: fc.string({ unit: "grapheme" }) })
    .map(({ index, name, args }) => ({
      tool_calls: [{ index, id: `c${index}`, function: { name, arguments: args } }],
    })),
);
const anyEnd = fc.constantFrom<"reason" | "done" | "both">("reason", "done", "both");

function textOf(deltas: readonly object[], end: "reason" | "done" | "both"): string {
  const chunks = deltas.map((delta) => ({ choices: [{ index: 0, delta, finish_reason: null }] }));
  const reason = { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] };
  const all = end === "done" ? chunks : [...chunks, reason];
  const frames = all.map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`);
  return frames.join("") + (end === "reason" ? "" : "data: [DONE]\n\n");
}

/** Bytes, cut at these places. */
async function* cut(bytes: Buffer, places: readonly number[]): AsyncGenerator<Uint8Array> {
  const cuts = [...new Set(places.map((place) => place % (bytes.length + 1)))];
  let from = 0;
  for (const to of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
    yield bytes.subarray(from, to);
    from = to;
  }
}

async function read(body: AsyncIterable<Uint8Array>, deltas: LlmDelta[] = []): Promise<LlmResult> {
  return readStream(body, {
    traceId: null,
    onDelta: (delta) => deltas.push(delta),
    onAlive: () => {},
    refuseError: () => {},
  });
}

describe("readStream", () => {
  it("gives the same answer however the network cuts it, and all of it in deltas", async () => {
    const anyCuts = fc.array(fc.nat(10_000), { maxLength: 40 });
    const anyDeltas = fc.array(anyDelta, { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(anyDeltas, anyEnd, anyCuts, async (deltas, end, cuts) => {
        const bytes = Buffer.from(textOf(deltas, end));
        const heard: LlmDelta[] = [];
        const result = await read(cut(bytes, cuts), heard);
        expect(result).toEqual(await read(cut(bytes, [])));
        const said = heard.map((delta) => (delta.type === "content" ? delta.text : "")).join("");
        expect(said).toBe(result.content ?? "");
        const pieces = heard.map((delta) =>
          delta.type === "tool_call" ? (delta.arguments ?? "") : "",
        );
        const calls = (result.tool_calls ?? []) as readonly WireToolCall[];
        const inCalls = calls.map((call) => call.function.arguments).join("");
        expect(pieces.join("")).toHaveLength(inCalls.length);
      }),
    );
  });

  it("takes no part of an answer for the whole", async () => {
    const anyDeltas = fc.array(anyDelta, { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(anyDeltas, fc.nat(10_000), async (deltas, place) => {
        const chunks = textOf(deltas, "done").replace("data: [DONE]\n\n", "");
        const bytes = Buffer.from(chunks);
        const part = bytes.subarray(0, place % (bytes.length + 1));
        await expect(read(cut(part, []))).rejects.toMatchObject({ code: "llm_response_invalid" });
      }),
    );
  });
});
