import { describe, expect, it } from "vitest";
import { newWorld } from "../../../core/test/world.ts";
import { VirtualClock } from "../../../testkit/src/clock/virtual-clock.ts";
import { llmCallEffect, RemoteLlmClient, type LlmDelta, type LlmResult } from "../../src/index.ts";
import { asking } from "./asking.ts";
import {
  chunk,
  completion,
  events,
  frame,
  json,
  ModelServer,
  says,
  text,
  type Answer,
} from "./model-server.ts";

const KEY = "sk-very-secret-key-1234";

async function ask(answer: Answer, params: { readonly stream?: boolean } = {}): Promise<LlmResult> {
  await using server = await ModelServer.start(answer);
  const client = new RemoteLlmClient({ baseUrl: server.url, model: "m", apiKey: KEY });
  return await client.generate({ prompt: "hi", params });
}

const refused = { code: "llm_refused", final: true, certain: true };
const limited = { code: "llm_rate_limited", final: false, certain: true };
const unavailable = { code: "llm_unavailable", final: false, certain: false };
const noAnswer = { code: "llm_response_invalid", final: false, certain: false };

describe("what a failure of the server means", () => {
  it.each<[number, object]>([
    [301, refused],
    [400, refused],
    [401, refused],
    [403, refused],
    [404, refused],
    [413, refused],
    [422, refused],
    [408, unavailable],
    [409, unavailable],
    [425, unavailable],
    [429, limited],
    [500, unavailable],
    [502, unavailable],
    [503, unavailable],
    [529, unavailable],
  ])("%i", async (status, meaning) => {
    const answer = json({ error: { message: "the words of the server" } }, status);
    await expect(ask(answer)).rejects.toMatchObject({
      ...meaning,
      message: `the model server answered ${status}: the words of the server`,
      details: { status },
    });
  });

  it("a 429 that no waiting helps is final: no money is left", async () => {
    const error = { message: "You exceeded your quota", code: "insufficient_quota" };
    await expect(ask(json({ error }, 429))).rejects.toMatchObject(refused);
  });

  it.each<[string, Record<string, string>, number]>([
    ["seconds", { "retry-after": "7" }, 7_000],
    ["milliseconds", { "retry-after-ms": "250", "retry-after": "7" }, 250],
    ["a date", { "retry-after": "Thu, 01 Jan 1970 00:01:00 GMT" }, 60_000],
    ["a date that is over", { "retry-after": "Wed, 31 Dec 1969 00:00:00 GMT" }, 0],
    ["more than a year", { "retry-after": "99999999999" }, 31_536_000_000],
  ])("says when to ask again: in %s", async (_, headers, retryAfterMs) => {
    const clock = new VirtualClock({ startAt: "1970-01-01T00:00:00Z" });
    for (const status of [429, 503]) {
      await using server = await ModelServer.start(json({}, status, headers));
      const client = new RemoteLlmClient({ baseUrl: server.url, model: "m", clock });
      await expect(client.generate({ prompt: "hi" })).rejects.toMatchObject({ retryAfterMs });
    }
  });

  it("keeps the server's words that say what they are, and no texts in their place", async () => {
    const words = { type: "server_error", code: "overloaded" };
    await expect(ask(json({ error: words }, 500))).rejects.toMatchObject({ details: words });
    const texts = { type: "You said: hello", code: "x".repeat(65) };
    const failure = await ask(json({ error: texts }, 500)).catch((error: unknown) => error);
    expect((failure as { details: unknown }).details).toEqual({ status: 500 });
    const about = { message: "send application/json" };
    await expect(ask(json({ error: about }, 415))).rejects.toThrow("send application/json");
  });

  it("leaves the time to the policy where the server says nothing that can be read", async () => {
    const answer = json({}, 429, { "retry-after": "soon" });
    await expect(ask(answer)).rejects.toMatchObject({ retryAfterMs: null });
  });

  it("a page of HTML is no answer, with any status, and is not repeated in the error", async () => {
    const page = "<!doctype html><html><body>Welcome to nginx, user 4711</body></html>";
    const ok = ask(text(page, 200, { "content-type": "text/html" }));
    await expect(ok).rejects.toMatchObject({
      ...noAnswer,
      message: "the model server answered with a page of HTML: is this its address?",
    });
    const bad = ask(text(page, 502, { "content-type": "text/html" }));
    await expect(bad).rejects.toMatchObject({
      ...unavailable,
      message: "the model server answered 502: a page of HTML",
    });
  });

  it.each(["", "{", "[]", "null", '"ok"', "7", '{"choices": ['])(
    "a body of %j is no answer",
    async (body) => {
      await expect(ask(text(body))).rejects.toMatchObject(noAnswer);
    },
  );

  it.each<[string, object, object]>([
    ["with a status of its own", { error: { message: "x", code: 429 } }, limited],
    ["of the server", { error: { message: "overloaded", type: "server_error" } }, unavailable],
    ["of the caller", { error: { message: "x", type: "invalid_request_error" } }, refused],
    ["that is a text", { error: "model crashed" }, unavailable],
    ["in the choice", { choices: [{ error: { message: "x", code: 502 } }] }, unavailable],
  ])("an error %s in a body of status 200 is a failure", async (_, body, meaning) => {
    await expect(ask(json(body))).rejects.toMatchObject(meaning);
    await expect(
      ask(events(chunk({ content: "I" }), body), { stream: true }),
    ).rejects.toMatchObject(meaning);
  });

  it("a server that is not there certainly did nothing", async () => {
    const server = await ModelServer.start();
    const client = new RemoteLlmClient({ baseUrl: server.url, model: "m" });
    await server[Symbol.asyncDispose]();
    await expect(client.generate({ prompt: "hi" })).rejects.toMatchObject({
      ...unavailable,
      certain: true,
      message: "the model server can't be reached: ECONNREFUSED",
    });
  });

  it("a connection that breaks may have done something", async () => {
    const broken = ask((response) => void response.destroy());
    await expect(broken).rejects.toMatchObject(unavailable);
    const halfway = ask((response) => {
      response.writeHead(200, { "content-length": "1000" });
      response.write('{"choices":', () => response.destroy());
    });
    await expect(halfway).rejects.toMatchObject(unavailable);
  });
});

describe("what a stream may do", () => {
  it.each<[string, readonly (object | string)[]]>([
    ["ends without a word", [chunk({ content: "half an ans" })]],
    ["has nothing in it", []],
    ["is done before it began", ["[DONE]"]],
    ["holds no JSON", [chunk({ content: "x" }), "{oops"]],
    ["holds a list", ["[1]"]],
  ])("one that %s is no answer", async (_, frames) => {
    await expect(ask(events(...frames), { stream: true })).rejects.toMatchObject(noAnswer);
  });

  it.each<[string, readonly (object | string)[]]>([
    ["[DONE] alone", [chunk({ content: "yes" }), "[DONE]"]],
    ["a finish reason alone", [chunk({ content: "yes" }), chunk({}, "stop")]],
  ])("has ended with %s", async (_, frames) => {
    expect(await ask(events(...frames), { stream: true })).toMatchObject({ content: "yes" });
  });

  it("comes in any pieces, with comments, lines of Windows and characters cut in two", async () => {
    const frames = [
      ": ping\r\n\r\n",
      frame(chunk({ content: "grüß " })),
      frame(chunk({ content: "🦉" })),
    ];
    const bytes = Buffer.from([...frames, frame(chunk({}, "stop")), frame("[DONE]")].join(""));
    const result = await ask(
      async (response) => {
        response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
        for (const byte of bytes)
          await new Promise((resolve) => response.write(Buffer.of(byte), resolve));
        response.end();
      },
      { stream: true },
    );
    expect(result.content).toBe("grüß 🦉");
  });

  it("has tool calls in pieces, with ids that are repeated, and reasoning beside the text", async () => {
    const call = (index: number, piece: object) => chunk({ tool_calls: [{ index, ...piece }] });
    await using server = await ModelServer.start(
      events(
        chunk({ role: "assistant", content: null, reasoning_content: "let me add" }),
        call(0, { id: "a", type: "function", function: { name: "add", arguments: "" } }),
        call(0, { id: "a", function: { name: "add", arguments: '{"x"' } }),
        call(1, { id: "b", type: "function", function: { name: "sub", arguments: "{}" } }),
        call(0, { function: { arguments: ":1}" } }),
        chunk({}, "tool_calls"),
        { choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } },
        "[DONE]",
      ),
    );
    const deltas: LlmDelta[] = [];
    const client = new RemoteLlmClient({ baseUrl: server.url, model: "m" });
    const request = { prompt: "hi", params: { stream: true } };
    const result = await client.generate(request, { onDelta: (delta) => deltas.push(delta) });
    expect(result).toMatchObject({
      content: null,
      tool_calls: [
        { id: "a", type: "function", function: { name: "add", arguments: '{"x":1}' } },
        { id: "b", type: "function", function: { name: "sub", arguments: "{}" } },
      ],
      usage: { prompt_tokens: 1, completion_tokens: 2 },
      finish_reason: "tool_calls",
    });
    expect(deltas).toEqual([
      { type: "reasoning", text: "let me add" },
      { type: "tool_call", index: 0, id: "a", name: "add" },
      { type: "tool_call", index: 0, arguments: '{"x"' },
      { type: "tool_call", index: 1, id: "b", name: "sub", arguments: "{}" },
      { type: "tool_call", index: 0, arguments: ":1}" },
    ]);
    expect(server.body()).toMatchObject({ stream: true, stream_options: { include_usage: true } });
  });

  it.each([
    [undefined, { include_usage: true }],
    [null, undefined],
    [{ include_usage: false }, { include_usage: false }],
  ])("is asked for with its usage, unless the call says %j", async (stream_options, sent) => {
    await using server = await ModelServer.start(events(chunk({ content: "x" }), "[DONE]"));
    const client = new RemoteLlmClient({ baseUrl: server.url, model: "m" });
    await client.generate({ prompt: "hi", params: { stream: true, stream_options } });
    expect((server.body() as { stream_options?: unknown }).stream_options).toEqual(sent);
  });

  it("may be no stream at all: a server that can't gives the whole answer", async () => {
    expect(await ask(says("whole"), { stream: true })).toMatchObject({ content: "whole" });
  });

  it("may take long as long as it says something", async () => {
    const clock = new VirtualClock();
    let send: (text: string) => void = () => {};
    await using server = await ModelServer.start((response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      send = (data) => void response.write(data);
      send(frame(chunk({ content: "0" })));
    });
    const client = new RemoteLlmClient({ baseUrl: server.url, model: "m", timeoutMs: 100, clock });
    const heard: LlmDelta[] = [];
    let isNext = Promise.withResolvers<void>();
    const request = { prompt: "hi", params: { stream: true } };
    const answer = client.generate(request, {
      onDelta: (delta) => {
        heard.push(delta);
        isNext.resolve();
      },
    });
    const failure = answer.catch((error: unknown) => error);
    for (const n of [1, 2, 3]) {
      await isNext.promise;
      isNext = Promise.withResolvers();
      await clock.advance(99);
      send(frame(chunk({ content: `${n}` })));
    }
    await isNext.promise;
    expect(heard).toHaveLength(4);
    await clock.advance(100);
    expect(await failure).toMatchObject(unavailable);
  });
});

describe("who stops a call", () => {
  it("the caller, with the caller's own reason; the server sees its connection close", async () => {
    const heard = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    await using server = await ModelServer.start((response) => {
      response.on("close", () => closed.resolve());
      heard.resolve();
    });
    const client = new RemoteLlmClient({ baseUrl: server.url, model: "m" });
    const stop = new AbortController();
    const reason = new Error("SIGTERM");
    const request = client.generate({ prompt: "hi" }, { signal: stop.signal });
    const failure = request.catch((error: unknown) => error);
    await heard.promise;
    stop.abort(reason);
    expect(await failure).toBe(reason);
    await closed.promise;
    await expect(client.generate({ prompt: "hi" }, { signal: stop.signal })).rejects.toBe(reason);
    expect(server.requests).toHaveLength(1);
  });

  it("a cancel of the run", async () => {
    const heard = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    await using server = await ModelServer.start((response) => {
      response.on("close", () => closed.resolve());
      heard.resolve();
    });
    const client = new RemoteLlmClient({ baseUrl: server.url, model: "m" });
    await using runtime = newWorld().runtime({ effects: [llmCallEffect({ client })] });
    const start = runtime.start(asking({ prompt: "hi" }), { id: "run" });
    await heard.promise;
    await runtime.cancelRun("run", "enough");
    await closed.promise;
    expect(await (await start).state()).toMatchObject({ status: "cancelled" });
  });
});

describe("keys", () => {
  it("are sent, and found nowhere else: not in errors, logs or the ledger", async () => {
    const said = `Incorrect API key provided: ${KEY}. You sent Bearer ${KEY} and x-own-key-9876, sk-very***1234`;
    await using server = await ModelServer.start(json({ error: { message: said } }, 401));
    const world = newWorld();
    const logged: unknown[] = [];
    const log = (...line: unknown[]): void => void logged.push(line);
    const client = new RemoteLlmClient({
      baseUrl: server.url,
      model: "m",
      apiKey: KEY,
      headers: { "X-Own": "x-own-key-9876" },
    });
    await using runtime = world.runtime({
      effects: [llmCallEffect({ client })],
      logger: { debug: log, info: log, warn: log, error: log },
    });
    const run = await runtime.start(asking({ prompt: "hi" }));
    expect(server.requests[0]?.headers).toMatchObject({
      authorization: `Bearer ${KEY}`,
      "x-own": "x-own-key-9876",
    });
    const state = await run.state();
    expect(state).toMatchObject({
      status: "failed",
      error: { message: expect.stringContaining("Incorrect API key provided: [redacted]") },
    });
    const all = JSON.stringify([state, await run.ledger(), logged]);
    for (const secret of [KEY, "x-own-key", "sk-very"]) expect(all).not.toContain(secret);
  });

  it.each([
    ["a key with a line break", { apiKey: "sk-1\r\nX-Evil: 1" }],
    ["a header with a line break", { headers: { "X-Own": "secret\n1" } }],
    ["a header without a name", { headers: { "": "secret" } }],
    ["a header for keys that is no name", { idempotencyHeader: "a b" }],
  ])("%s is refused, and not repeated", (_, options) => {
    const make = (): unknown =>
      new RemoteLlmClient({ baseUrl: "http://h", model: "m", ...options });
    expect(make).toThrow(
      /^headers: a name or value, or the apiKey, is no text that HTTP can send$/,
    );
  });

  it.each([
    ["nothing", "give an address"],
    ["ftp://h", "only http and https"],
    ["http://me:secret@h/", "holds no password"],
    ["http://h/?key=secret", "has no query"],
  ])("an address of %s is refused", (baseUrl, problem) => {
    const make = (): unknown => new RemoteLlmClient({ baseUrl, model: "m" });
    expect(make).toThrow(problem);
    expect(make).not.toThrow("secret");
  });

  it.each(["http://h:8080", "http://h:8080///", "http://h:8080/v1", "http://h:8080/v1/"])(
    "the address %s leads to the same place",
    async (baseUrl) => {
      const urls: unknown[] = [];
      const send: typeof fetch = async (url) => {
        urls.push(url);
        return Response.json(completion("ok"));
      };
      await new RemoteLlmClient({ baseUrl, model: "m", fetch: send }).generate({ prompt: "hi" });
      expect(urls).toEqual(["http://h:8080/v1/chat/completions"]);
    },
  );

  it("the step's idempotency key goes to servers that know such keys", async () => {
    await using server = await ModelServer.start(json({}, 500), says("ok"));
    const client = new RemoteLlmClient({
      baseUrl: server.url,
      model: "m",
      idempotencyHeader: "Idempotency-Key",
    });
    const retry = { maxAttempts: 2, baseMs: 0 };
    const effect = llmCallEffect({ client, retry, replay: "idempotent" });
    await using runtime = newWorld().runtime({ effects: [effect] });
    const run = await runtime.start(asking({ prompt: "hi" }));
    expect(await run.result()).toMatchObject({ content: "ok" });
    const keys = server.requests.map(({ headers }) => headers["idempotency-key"]);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(keys[1]).toBe(keys[0]);
  });
});
