import { EffectError, type JsonObject, type JsonValue } from "@abstractruntime/core";
import { isObject } from "../llm/is-object.ts";
import { assertToken } from "./assert-token.ts";
import { ToolError } from "./tool-error.ts";
import {
  isToolJob,
  JOBS_PATH,
  TOOLS_PATH,
  type ToolDescription,
  type ToolJob,
} from "./tool-job.ts";

export interface WorkerAddress {
  /** Where the worker listens, such as `https://tools.example`. */
  readonly url: string | URL;
  /** The worker's bearer token. */
  readonly token: string;
  /** Another `fetch`, for proxies. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** A tool call as it is handed to a worker. */
export type ToolJobRequest = {
  readonly name: string;
  readonly arguments: JsonObject;
  /** Handed in twice under one key, it is one job. */
  readonly idempotency_key: string;
};

/** Speaks with one worker. */
export class WorkerClient {
  readonly #base: string;
  readonly #token: string;
  readonly #fetch: typeof globalThis.fetch;

  /** @throws invalid_argument a token that can't be sent */
  constructor({ url, token, fetch = globalThis.fetch }: WorkerAddress) {
    assertToken(token);
    this.#base = String(url).replace(/\/+$/, "");
    this.#token = token;
    this.#fetch = fetch;
  }

  /** @throws EffectError */
  async tools(signal?: AbortSignal): Promise<readonly ToolDescription[]> {
    const answer = await this.#ask(TOOLS_PATH, { signal: signal ?? null });
    const tools = isObject(answer) ? answer["tools"] : undefined;
    if (!Array.isArray(tools)) throw notAWorker("did not list its tools");
    return tools as readonly ToolDescription[];
  }

  /** Hand a call in; the same key finds the same job. @throws ToolError it is refused; EffectError try again */
  async submit(request: ToolJobRequest, signal: AbortSignal): Promise<ToolJob> {
    const body = JSON.stringify(request);
    return asJob(await this.#ask(JOBS_PATH, { method: "POST", body, signal }));
  }

  /** @param holdMs so long the worker may wait for the job's end @throws as `submit` */
  async job(jobId: string, holdMs: number, signal: AbortSignal): Promise<ToolJob> {
    const path = `${JOBS_PATH}/${encodeURIComponent(jobId)}?wait_ms=${holdMs}`;
    return asJob(await this.#ask(path, { signal }));
  }

  async #ask(path: string, init: RequestInit): Promise<JsonValue> {
    const headers = { authorization: `Bearer ${this.#token}`, "content-type": "application/json" };
    const fetched = this.#fetch;
    let response: Response;
    let text: string;
    try {
      response = await fetched(`${this.#base}${path}`, { ...init, headers });
      text = await response.text();
    } catch (error) {
      init.signal?.throwIfAborted();
      throw new EffectError(`the tool worker can't be reached: ${reasonOf(error)}`, {
        code: "tool_unreachable",
        cause: error,
      });
    }
    if (!response.ok) throw refusal(response.status, text);
    const answer = parsed(text);
    if (answer === undefined) throw notAWorker("answered with what is no JSON");
    return answer;
  }
}

/** `fetch` says why only in its error's cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error instanceof Error ? error : new Error(String(error));
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}

/** What is wrong with the call stays wrong; what is wrong with the worker may pass. */
function refusal(status: number, text: string): EffectError {
  const answer = parsed(text);
  const error = isObject(answer) && isObject(answer["error"]) ? answer["error"] : {};
  const said = typeof error["message"] === "string" ? error["message"] : `HTTP ${status}`;
  const message = `the tool worker refused: ${said}`;
  const isPassing = status >= 500 || status === 408 || status === 429;
  return isPassing
    ? new EffectError(message, { code: "tool_unreachable" })
    : new ToolError(message, { code: "tool_refused" });
}

function asJob(answer: JsonValue): ToolJob {
  if (isToolJob(answer)) return answer;
  throw notAWorker("answered with what is no job");
}

function notAWorker(what: string): EffectError {
  return new EffectError(`the tool worker ${what}`, { code: "tool_unreachable" });
}

function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
