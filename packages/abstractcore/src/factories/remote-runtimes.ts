import type { Runtime } from "@abstractruntime/core";
import { RemoteLlmClient, type RemoteLlmClientOptions } from "../remote/remote-llm-client.ts";
import { PassthroughToolExecutor } from "../tools/passthrough-tool-executor.ts";
import type { LlmRuntimeOptions, LocalToolOptions } from "./llm-runtime-options.ts";
import { makeRuntime } from "./make-runtime.ts";

export interface RemoteRuntimeOptions
  extends LlmRuntimeOptions, Omit<RemoteLlmClientOptions, "clock"> {}

export interface HybridRuntimeOptions extends RemoteRuntimeOptions, LocalToolOptions {}

/**
 * A runtime whose model calls go to an AbstractCore server, or any other that is OpenAI-compatible. Tool calls are handed to its
 * host: the run waits, and the host resumes it with the results.
 *
 * @example
 * const runtime = createRemoteRuntime({ baseUrl: "http://localhost:8000", model: "openai/gpt-5" });
 *
 * @throws invalid_argument, duplicate_effect, duplicate_workflow
 */
export function createRemoteRuntime(options: RemoteRuntimeOptions): Runtime {
  return createHybridRuntime({ toolExecutor: new PassthroughToolExecutor(), ...options });
}

/**
 * A runtime whose model calls go to a server, and whose tools are performed here.
 *
 * @throws invalid_argument, duplicate_effect, duplicate_workflow
 */
export function createHybridRuntime(options: HybridRuntimeOptions): Runtime {
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
