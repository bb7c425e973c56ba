import type { IncomingMessage, ServerResponse } from "node:http";
import {
  isAbstractRuntimeError,
  type Logger,
  type Runtime,
  type Workflow,
} from "@abstractruntime/core";
import { JOBS_PATH, TOOLS_PATH, type ToolDescription, type ToolJob } from "../tools/tool-job.ts";
import type { Tool } from "../tools/tool.ts";
import { HttpError } from "./http-error.ts";
import { jobIdOf, jobOf } from "./job-of.ts";
import { assertAuthorized, readJobRequest } from "./read-request.ts";

export interface JobRoutesOptions {
  readonly runtime: Runtime;
  readonly workflow: Workflow;
  readonly tools: readonly Tool[];
  readonly token: string;
  readonly maxBodyBytes: number;
  readonly logger: Logger;
  /** A job was handed in. */
  readonly onJob: () => void;
  /** Aborted when the worker closes: nobody is kept waiting. */
  readonly closing: AbortSignal;
}

/** No look at a job is held longer, in milliseconds. */
const MAX_HOLD_MS = 30_000;

/** Answers the requests of a worker's clients. */
export class JobRoutes {
  readonly #options: JobRoutesOptions;

  constructor(options: JobRoutesOptions) {
    this.#options = options;
  }

  /** Never throws. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      assertAuthorized(request, this.#options.token);
      const { status, body } = await this.#route(request, response);
      send(response, status, body);
    } catch (error) {
      const { status, code, message } = this.#asHttpError(error);
      if (!request.complete) response.setHeader("connection", "close"); // nobody reads the rest
      send(response, status, { error: { code, message } });
    }
  }

  async #route(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<{ status: number; body: object }> {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://worker");
    const { method = "GET" } = request;
    if (pathname === TOOLS_PATH && method === "GET")
      return { status: 200, body: { tools: this.#options.tools.map(descriptionOf) } };
    if (pathname === JOBS_PATH && method === "POST")
      return { status: 202, body: await this.#submit(request) };
    const jobId = /^\/([^/]+)$/.exec(pathname.slice(JOBS_PATH.length))?.[1];
    if (pathname.startsWith(JOBS_PATH) && jobId !== undefined && method === "GET") {
      const holdMs = Number(searchParams.get("wait_ms") ?? 0);
      return { status: 200, body: await this.#job(jobId, holdMs, response) };
    }
    throw new HttpError(404, "not_found", `there is no ${method} ${pathname} here`);
  }

  /** The job is durable before it is answered for. */
  async #submit(request: IncomingMessage): Promise<ToolJob> {
    const { runtime, workflow, maxBodyBytes, closing, onJob } = this.#options;
    const asked = await readJobRequest(request, maxBodyBytes);
    if (closing.aborted) throw new HttpError(503, "runtime_closed", "the worker is closing");
    const { name, arguments: args, idempotency_key: key } = asked;
    const vars = { call: { name, arguments: args, call_id: "" } };
    const run = await runtime.start(workflow, { id: jobIdOf(key), vars, drive: false });
    onJob();
    return jobOf(await run.state());
  }

  async #job(jobId: string, holdMs: number, response: ServerResponse): Promise<ToolJob> {
    const { runtime, workflow, closing } = this.#options;
    const run = await runtime.getState(jobId);
    if (run.workflowId !== workflow.id)
      throw new HttpError(404, "run_not_found", `there is no job ${jobId}`);
    if (!(holdMs > 0)) return jobOf(run);
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const patience = AbortSignal.timeout(Math.min(holdMs, MAX_HOLD_MS));
    const signal = AbortSignal.any([patience, closing, gone.signal]);
    await runtime.result(jobId, { signal }).catch(() => {}); // how it ended, its state says
    return jobOf(await runtime.getState(jobId));
  }

  #asHttpError(error: unknown): HttpError {
    if (error instanceof HttpError) return error;
    const { logger } = this.#options;
    if (isAbstractRuntimeError(error)) {
      const status = { run_not_found: 404, invalid_id: 404, run_exists: 409 }[error.code as string];
      if (status !== undefined) return new HttpError(status, error.code, messages[status] ?? "");
    }
    logger.error("tool_worker.request_failed", { error: String(error) });
    return new HttpError(500, "internal", "the worker failed: see its log");
  }
}

const messages: Readonly<Record<number, string>> = {
  404: "there is no such job",
  409: "another call was handed in under this idempotency_key",
};

function descriptionOf({ name, description, jsonSchema }: Tool): ToolDescription {
  return { name, description, parameters: jsonSchema };
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
