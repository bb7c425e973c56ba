import type { WatchEvent } from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import { newWorld } from "../../../core/test/world.ts";
import {
  isLlmProgress,
  llmCallEffect,
  RemoteLlmClient,
  type LlmProgress,
} from "../../src/index.ts";
import { asking } from "./asking.ts";
import { chunk, events, frame, ModelServer } from "./model-server.ts";

/** A stream that the test sends piece by piece. */
async function held() {
  const opened = Promise.withResolvers<void>();
  let write: (text: string) => void = () => {};
  const server = await ModelServer.start((response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.flushHeaders();
    write = (text) => void response.write(text);
    opened.resolve();
  });
  const send = (content: string): void => write(frame(chunk({ content })));
  const end = (): void => write(frame(chunk({}, "stop")) + frame("[DONE]"));
  return { server, opened: opened.promise, send, end };
}

/** Collects what a watcher sees, and says when it has seen so many deltas. */
class Watcher {
  readonly events: WatchEvent[] = [];
  #changed = Promise.withResolvers<void>();
  readonly ended: Promise<void>;

  constructor(watched: AsyncIterable<WatchEvent>) {
    this.ended = this.#follow(watched);
  }

  get deltas(): readonly LlmProgress[] {
    const said = this.events.map((event) => (event.type === "progress" ? event.data : null));
    return said.filter((data) => isLlmProgress(data));
  }

  get text(): string {
    return this.deltas.map(({ delta }) => (delta.type === "content" ? delta.text : "")).join("");
  }

  async until(isSeen: (watcher: Watcher) => boolean): Promise<void> {
    while (!isSeen(this)) await this.#changed.promise;
  }

  async #follow(watched: AsyncIterable<WatchEvent>): Promise<void> {
    for await (const event of watched) {
      this.events.push(event);
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
    }
  }
}

const answerIn = (event: WatchEvent | undefined): unknown =>
  event?.type === "record" && event.record.kind === "completed" ? event.record.result : undefined;

describe("a streamed answer", () => {
  it("comes to watchers piece by piece, each with its place, and whole in the record", async () => {
    await using world = await streamedWorld();
    const { held: stream, runtime } = world;
    const start = runtime.start(asking({ prompt: "hi" }), { id: "run" });
    await stream.opened;
    const watcher = new Watcher(runtime.watch("run"));
    await watcher.until(({ events: seen }) => seen.length > 0);
    for (const piece of ["Once ", "upon ", "a time"]) stream.send(piece);
    await watcher.until(({ deltas }) => deltas.length === 3);
    stream.end();
    await (await start).result();
    await watcher.ended;
    expect(watcher.deltas.map(({ offset, attempt, answer }) => [offset, attempt, answer])).toEqual([
      [0, 1, 0],
      [5, 1, 0],
      [10, 1, 0],
    ]);
    const answers = watcher.events.map(answerIn).filter((answer) => answer !== undefined);
    expect(answers).toEqual([expect.objectContaining({ content: "Once upon a time" })]);
    expect(watcher.text).toBe("Once upon a time");
  });

  it("a watcher that comes late sees by the offset what it missed, and reads it in the record", async () => {
    await using world = await streamedWorld();
    const { held: stream, runtime } = world;
    const start = runtime.start(asking({ prompt: "hi" }), { id: "run" });
    await stream.opened;
    const first = new Watcher(runtime.watch("run"));
    await first.until(({ events: seen }) => seen.length > 0);
    stream.send("Once upon ");
    await first.until(({ deltas }) => deltas.length === 1);
    const late = new Watcher(runtime.watch("run", { after: 1 }));
    // The first answer of a watch is what the ledger holds; from then on it hears.
    await late.until(({ events: seen }) => seen.length > 0);
    stream.send("a time");
    await late.until(({ deltas }) => deltas.length === 1);
    stream.end();
    await (await start).result();
    await Promise.all([first.ended, late.ended]);
    expect(late.deltas).toMatchObject([{ offset: 10, delta: { text: "a time" } }]);
    expect(late.events.map(answerIn)).toContainEqual(
      expect.objectContaining({ content: "Once upon a time" }),
    );
  });

  it("a watcher that comes when all is over reads the whole answer", async () => {
    await using world = await streamedWorld();
    const { held: stream, runtime } = world;
    const start = runtime.start(asking({ prompt: "hi" }), { id: "run" });
    await stream.opened;
    stream.send("Once upon a time");
    stream.end();
    await (await start).result();
    const after = new Watcher(runtime.watch("run", { after: 1 }));
    await after.ended;
    expect(after.deltas).toEqual([]);
    expect(after.events.map(answerIn)).toContainEqual(
      expect.objectContaining({ content: "Once upon a time" }),
    );
  });

  it("is stored once, as a whole: no delta is in the ledger or the state", async () => {
    await using world = await streamedWorld();
    const { held: stream, runtime } = world;
    const start = runtime.start(asking({ prompt: "hi" }), { id: "run" });
    await stream.opened;
    const watcher = new Watcher(runtime.watch("run"));
    await watcher.until(({ events: seen }) => seen.length > 0);
    const revision = (await runtime.getState("run")).revision;
    for (let n = 0; n < 50; n += 1) stream.send(`${n} `);
    await watcher.until(({ deltas }) => deltas.length === 50);
    expect((await runtime.getState("run")).revision).toBe(revision);
    stream.end();
    const run = await start;
    await run.result();
    await watcher.ended;
    const ledger = JSON.stringify(await run.ledger());
    expect(ledger).not.toContain("llm_delta");
    expect(ledger.split("0 1 2 3").length - 1).toBe(2); // the result, and the run's output
  });

  it("begins anew, by its attempt, when it broke off", async () => {
    const isHeard = Promise.withResolvers<void>();
    await using server = await ModelServer.start(
      events(chunk({ content: "Twice " })),
      async (response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(frame(chunk({ content: "Once " })) + frame(chunk({ content: "upon" })));
        await isHeard.promise;
        response.end(frame(chunk({}, "stop")));
      },
    );
    const client = new RemoteLlmClient({ baseUrl: server.url, model: "m" });
    const retry = { maxAttempts: 2, baseMs: 0 };
    const world = newWorld();
    const effect = llmCallEffect({ client, retry, stream: true });
    await using runtime = world.runtime({ effects: [effect] });
    const run = await runtime.start(asking({ prompt: "hi" }), { id: "run", drive: false });
    const watcher = new Watcher(runtime.watch("run"));
    await watcher.until(({ events: seen }) => seen.length > 0);
    const driven = runtime.run("run");
    await watcher.until(({ deltas }) => deltas.length === 3);
    isHeard.resolve();
    await driven;
    await watcher.ended;
    const heard = watcher.deltas.map(({ attempt, offset, delta }) => [attempt, offset, delta]);
    expect(heard).toEqual([
      [1, 0, { type: "content", text: "Twice " }],
      [2, 0, { type: "content", text: "Once " }],
      [2, 5, { type: "content", text: "upon" }],
    ]);
    expect(await run.result()).toMatchObject({ content: "Once upon" });
  });

  it("is asked for by one call alone, with params.stream", async () => {
    await using world = await streamedWorld(false);
    const { held: stream, runtime } = world;
    const start = runtime.start(asking({ prompt: "hi", params: { stream: true } }));
    await stream.opened;
    expect(stream.server.body()).toMatchObject({ stream: true });
    stream.send("x");
    stream.end();
    expect(await (await start).result()).toMatchObject({ content: "x" });
  });
});

async function streamedWorld(isStreamed = true) {
  const stream = await held();
  const client = new RemoteLlmClient({ baseUrl: stream.server.url, model: "m" });
  const effects = [llmCallEffect({ client, stream: isStreamed })];
  const runtime = newWorld().runtime({ effects });
  return {
    held: stream,
    runtime,
    async [Symbol.asyncDispose]() {
      await runtime.close();
      await stream.server[Symbol.asyncDispose]();
    },
  };
}
