import { EffectError, type Clock, type JsonObject } from "@abstractruntime/core";
import { isObject } from "../llm/is-object.ts";
import type { GenerateOptions } from "../llm/llm-client.ts";
import type { LlmResult } from "../llm/llm-result.ts";
import { readStream } from "../stream/read-stream.ts";
import { bodyFailure, networkFailure, noAnswer, statusFailure } from "./call-failure.ts";
import { IdleTimer } from "./idle-timer.ts";
import { readCompletion } from "./read-completion.ts";
import { retryAfterMs } from "./retry-after.ts";
import { serverError, type Redactor } from "./server-words.ts";
import { traceIdOf } from "./trace-headers.ts";

export interface ExchangeTools {
  readonly send: typeof fetch;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly url: string;
  readonly redactor: Redactor;
}

/** One request and its answer: what stops it, and what its failures mean. */
export class ChatExchange {
  readonly #tools: ExchangeTools;
  readonly #options: GenerateOptions;
  readonly #stop = new AbortController();
  readonly #timer: IdleTimer;

  constructor(tools: ExchangeTools, options: GenerateOptions) {
    this.#tools = tools;
    this.#options = options;
    this.#timer = new IdleTimer(tools.clock, tools.timeoutMs, () =>
      this.#stop.abort(
        new EffectError(`the model server said nothing for ${tools.timeoutMs} ms`, {
          code: "llm_unavailable",
        }),
      ),
    );
  }

  async run(headers: Headers, body: string): Promise<LlmResult> {
    const { signal: outer } = this.#options;
    const signal = outer ? AbortSignal.any([outer, this.#stop.signal]) : this.#stop.signal;
    try {
      // A redirect would turn the POST into a GET, or take the key elsewhere.
      const request = { method: "POST", headers, body, signal, redirect: "manual" } as const;
      const response = await this.#tools.send(this.#tools.url, request);
      return await this.#read(response);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw error instanceof EffectError ? error : networkFailure(error);
    } finally {
      this.#timer.stop();
      this.#stop.abort();
    }
  }

  async #read(response: Response): Promise<LlmResult> {
    this.#timer.restart();
    if (!response.ok) throw this.#refusal(response, await response.text());
    const traceId = traceIdOf(response.headers);
    if (isEventStream(response) && response.body !== null)
      return readStream(response.body, {
        traceId,
        onDelta: this.#options.onDelta ?? ((): void => {}),
        onAlive: () => this.#timer.restart(),
        refuseError: (chunk) => this.#refuseError(chunk),
      });
    const body = parseBody(await response.text());
    this.#refuseError(body);
    return readCompletion(body, traceId);
  }

  #refusal({ status, headers }: Response, text: string): EffectError {
    const body = tryParse(text);
    const error = isObject(body) ? serverError(body) : undefined;
    const said = this.#tools.redactor.clean(error?.message ?? plainWords(text));
    return statusFailure(status, said, {
      error,
      retryAfterMs: retryAfterMs(headers, this.#tools.clock.now()),
    });
  }

  /** Servers put errors into bodies of status 200, and into streams that began well. */
  #refuseError(body: JsonObject): void {
    const choice = Array.isArray(body["choices"]) ? (body["choices"][0] as unknown) : null;
    const holder = [body, choice].find((part) => isObject(part) && Boolean(part["error"]));
    if (!isObject(holder)) return;
    const error = serverError(holder) ?? { message: "", type: null, code: null };
    throw bodyFailure(error, this.#tools.redactor.clean(error.message));
  }
}

function parseBody(text: string): JsonObject {
  const body = tryParse(text);
  if (isObject(body)) return body;
  throw noAnswer(
    isPage(text)
      ? "the model server answered with a page of HTML: is this its address?"
      : "the model server's answer is no JSON object",
  );
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isEventStream({ headers }: Response): boolean {
  return /^text\/event-stream\b/i.test(headers.get("content-type") ?? "");
}

function isPage(text: string): boolean {
  return /^\s*</.test(text);
}

/** A page of HTML says nothing that a person wants to read in an error. */
function plainWords(text: string): string {
  return isPage(text) ? "a page of HTML" : text;
}
