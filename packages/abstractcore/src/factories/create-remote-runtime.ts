import type { Runtime } from "@abstractruntime/core";
import { RemoteLlmClient, type RemoteLlmClientOptions } from "../remote/remote-llm-client.ts";
import type { LlmRuntimeOptions } from "./llm-runtime-options.ts";
import { makeRuntime } from "./make-runtime.ts";

export interface RemoteRuntimeOptions
  extends LlmRuntimeOptions, Omit<RemoteLlmClientOptions, "clock"> {}

/**
 * A runtime whose model calls go to an AbstractCore server, or any other that is OpenAI-compatible.
 *
 * @example
 * const runtime = createRemoteRuntime({ baseUrl: "http://localhost:8000", model: "openai/gpt-5" });
 *
 * @throws invalid_argument, duplicate_effect, duplicate_workflow
 */
export function createRemoteRuntime(options: RemoteRuntimeOptions): Runtime {
  const { baseUrl, model, apiKey, headers, timeoutMs, idempotencyHeader, fetch, ...rest } = options;
  const { clock } = rest;
  const client = new RemoteLlmClient({
    baseUrl,
    model,
    apiKey,
    headers,
    timeoutMs,
    idempotencyHeader,
    fetch,
    clock,
  });
  return makeRuntime(client, rest);
}
