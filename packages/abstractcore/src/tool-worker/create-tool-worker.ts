import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  AbstractRuntimeError,
  Runtime,
  silentLogger,
  systemClock,
  type RuntimeOptions,
} from "@abstractruntime/core";
import { assertToken } from "../tools/assert-token.ts";
import { toolCallWorkflow } from "../tools/tool-call-workflow.ts";
import { toolCallsEffects } from "../tools/tool-calls-effects.ts";
import type { ToolExecutor } from "../tools/tool-executor.ts";
import type { Tool } from "../tools/tool.ts";
import { JobDriver } from "./job-driver.ts";
import { JobRoutes } from "./job-routes.ts";

export interface ToolWorkerOptions extends Pick<
  RuntimeOptions,
  "store" | "policy" | "context" | "clock" | "ids" | "logger" | "leaseMs" | "closesStore"
> {
  readonly tools: ToolExecutor | Iterable<Tool>;
  /** What clients must send as their bearer token: at least 16 printable ASCII characters, kept secret. */
  readonly token: string;
  /** So many jobs at the same time; 16 by default. */
  readonly concurrency?: number | undefined;
  /** No request may be larger; 1,000,000 by default. */
  readonly maxBodyBytes?: number | undefined;
}

/** A service that executes tools for runs elsewhere: each job is a run in the worker's own store. */
export interface ToolWorker extends AsyncDisposable {
  /** For approvals and unknown outcomes of its jobs. */
  readonly runtime: Runtime;
  /**
   * Serve, and go on with the jobs that a process before left. The host is 127.0.0.1 by default: put TLS in front of it before
   * it is reached from elsewhere.
   *
   * @returns where it listens
   */
  listen(at?: { readonly port?: number; readonly host?: string }): Promise<string>;
  /** Take no more jobs, give those under way `drainMs` (10,000 by default) to end, and let go of the rest for the next start. */
  close(options?: { readonly drainMs?: number }): Promise<void>;
}

/**
 * Make a tool worker: `POST /v1/tool_jobs` hands a call in, `GET /v1/tool_jobs/{id}` says how it is, `GET /v1/tools` what there is.
 *
 * @example
 * const worker = createToolWorker({ store: await FileStore.open("./jobs"), tools: [resize], token });
 * console.log(await worker.listen({ port: 8080 }));
 *
 * @throws invalid_argument
 */
export function createToolWorker(options: ToolWorkerOptions): ToolWorker {
  return new Worker(options);
}

class Worker implements ToolWorker {
  readonly runtime: Runtime;
  readonly #driver: JobDriver;
  readonly #server: Server;
  readonly #closing = new AbortController();
  #closed: Promise<void> | null = null;

  constructor(options: ToolWorkerOptions) {
    const { token, concurrency = 16, maxBodyBytes = 1_000_000 } = options;
    assertToken(token);
    if (!Number.isInteger(concurrency) || concurrency < 1)
      throw invalid("concurrency: give a whole number from 1 on");
    const { clock = systemClock, logger = silentLogger } = options;
    const tools = "tools" in options.tools ? options.tools.tools : [...options.tools];
    const workflow = toolCallWorkflow(new Map(tools.map((tool) => [tool.name, tool])));
    this.runtime = new Runtime({ ...runtimeOptions(options), effects: toolCallsEffects(tools) });
    this.#driver = new JobDriver({ runtime: this.runtime, clock, logger, concurrency });
    const routes = new JobRoutes({
      runtime: this.runtime,
      workflow,
      tools,
      token,
      maxBodyBytes,
      logger,
      onJob: () => this.#driver.wake(),
      closing: this.#closing.signal,
    });
    this.#server = createServer((request, response) => void routes.answer(request, response));
  }

  async listen({ port = 0, host = "127.0.0.1" } = {}): Promise<string> {
    this.#server.listen(port, host);
    await once(this.#server, "listening");
    this.#driver.start();
    const address = this.#server.address() as AddressInfo;
    const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
    return `http://${name}:${address.port}`;
  }

  close({ drainMs = 10_000 } = {}): Promise<void> {
    this.#closed ??= this.#close(drainMs);
    return this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(drainMs: number): Promise<void> {
    this.#closing.abort();
    const served = this.#server.listening ? once(this.#server, "close") : null;
    this.#server.close();
    const timer = new AbortController();
    const late = systemClock.sleep(drainMs, { signal: timer.signal }).catch(() => {});
    await Promise.race([this.#driver.drain(), late]);
    timer.abort();
    await this.runtime.close();
    this.#server.closeAllConnections();
    await served;
  }
}

function runtimeOptions(options: ToolWorkerOptions): RuntimeOptions {
  const {
    tools: _tools,
    token: _token,
    concurrency: _limit,
    maxBodyBytes: _max,
    ...rest
  } = options;
  return rest;
}

function invalid(message: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_argument", message);
}
