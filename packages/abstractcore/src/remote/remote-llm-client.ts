import { AbstractRuntimeError, systemClock, type Clock } from "@abstractruntime/core";
import type { GenerateOptions, LlmClient, LlmRequest } from "../llm/llm-client.ts";
import type { LlmResult } from "../llm/llm-result.ts";
import { chatRequest } from "./chat-request.ts";
import { completionsUrl } from "./completions-url.ts";
import { ChatExchange } from "./chat-exchange.ts";
import { Redactor } from "./server-words.ts";
import { addTraceHeaders } from "./trace-headers.ts";

export interface RemoteLlmClientOptions {
  /** Address of an AbstractCore or other OpenAI-compatible server, with or without `/v1`. */
  readonly baseUrl: string;
  /** Where a call's `params.model` does not say. */
  readonly model: string;
  /** Sent as a bearer token; never part of an error, a log or the ledger. */
  readonly apiKey?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds without an answer or, when streaming, without a piece of it; 60,000 by default. */
  readonly timeoutMs?: number | undefined;
  /** A header for the step's idempotency key, for servers that answer the same key once. None by default. */
  readonly idempotencyHeader?: string | undefined;
  /** The platform's by default. */
  readonly fetch?: typeof fetch | undefined;
  readonly clock?: Clock | undefined;
}

/** Asks an AbstractCore server, or any other with OpenAI's `POST /v1/chat/completions`. */
export class RemoteLlmClient implements LlmClient {
  readonly #options: RemoteLlmClientOptions;
  readonly #url: string;
  readonly #headers: Headers;
  readonly #redactor: Redactor;

  /** @throws invalid_argument an address that is none, or that holds a password; a bad header or timeout */
  constructor(options: RemoteLlmClientOptions) {
    const { baseUrl, model, timeoutMs = 60_000 } = options;
    if (typeof model !== "string" || model === "") throw invalid("model: give the name of a model");
    if (!(timeoutMs > 0)) throw invalid("timeoutMs: give milliseconds over 0");
    this.#options = options;
    this.#url = completionsUrl(baseUrl);
    this.#headers = headersOf(options);
    this.#redactor = new Redactor(this.#headers);
  }

  async generate(request: LlmRequest, options: GenerateOptions = {}): Promise<LlmResult> {
    options.signal?.throwIfAborted();
    const { fetch: send = fetch, clock = systemClock, timeoutMs = 60_000 } = this.#options;
    const exchange = new ChatExchange(
      { send, clock, timeoutMs, url: this.#url, redactor: this.#redactor },
      options,
    );
    const body = JSON.stringify(chatRequest(request, this.#options.model));
    return exchange.run(this.#headersFor(request, options), body);
  }

  #headersFor({ params }: LlmRequest, { idempotencyKey }: GenerateOptions): Headers {
    const headers = new Headers(this.#headers);
    const { idempotencyHeader } = this.#options;
    if (idempotencyHeader !== undefined && idempotencyKey !== undefined)
      headers.set(idempotencyHeader, idempotencyKey);
    addTraceHeaders(headers, params?.trace_metadata);
    return headers;
  }
}

/** A key in a bad header must not get into the error, so the platform's own words are dropped. */
function headersOf({ headers = {}, apiKey, idempotencyHeader }: RemoteLlmClientOptions): Headers {
  try {
    const all = new Headers(headers);
    if (apiKey && !all.has("authorization")) all.set("authorization", `Bearer ${apiKey}`);
    if (!all.has("content-type")) all.set("content-type", "application/json");
    if (idempotencyHeader !== undefined) all.has(idempotencyHeader);
    return all;
  } catch {
    throw invalid("headers: a name or value, or the apiKey, is no text that HTTP can send");
  }
}

function invalid(message: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_argument", message);
}
