import { waitFor, type JsonObject } from "@abstractruntime/core";
import type { ApprovalRule } from "../approval/approval-rule.ts";
import { defineTool } from "./define-tool.ts";
import { ToolError } from "./tool-error.ts";
import type { ToolExecutor } from "./tool-executor.ts";
import type { ToolDescription, ToolJob } from "./tool-job.ts";
import type { Tool, ToolContext } from "./tool.ts";
import { WorkerClient, type WorkerAddress } from "./worker-client.ts";

export interface RemoteToolsOptions extends WorkerAddress {
  /** When a person has to agree before a call is handed over, for all tools or by name. */
  readonly approval?: ApprovalRule | Readonly<Record<string, ApprovalRule>> | undefined;
  /** How long one look may wait for a job's end, in milliseconds, up to 30,000; 2,000 by default. */
  readonly holdMs?: number | undefined;
  /** Milliseconds from the first look to the second; doubled each time, up to a minute. 1,000 by default. */
  readonly pollMs?: number | undefined;
}

/**
 * Tools of a worker on another machine (`createToolWorker`). A call is handed over under its idempotency key, so that after a
 * crash it finds the same job; the tool's own contract holds at the worker. The run then waits, reason `job`, and looks how the
 * job is: by its timer, or at once after an event `tool_job:<job_id>`.
 */
export class RemoteToolExecutor implements ToolExecutor {
  readonly mode = "executed";
  readonly tools: readonly Tool[];

  /** @param tools what the worker has, where it is known */
  constructor(options: RemoteToolsOptions, tools: readonly ToolDescription[]) {
    const client = new WorkerClient(options);
    this.tools = tools.map((tool) => remoteTool(tool, client, options));
  }

  /** Ask the worker which tools it has. @throws EffectError */
  static async open(
    options: RemoteToolsOptions & { readonly signal?: AbortSignal | undefined },
  ): Promise<RemoteToolExecutor> {
    const tools = await new WorkerClient(options).tools(options.signal);
    return new RemoteToolExecutor(options, tools);
  }
}

const MAX_POLL_MS = 60_000;

function remoteTool(
  { name, description, parameters }: ToolDescription,
  client: WorkerClient,
  { approval = false, holdMs = 2_000, pollMs = 1_000 }: RemoteToolsOptions,
): Tool {
  const submit = async (args: JsonObject, context: ToolContext): Promise<JsonObject> => {
    const { idempotencyKey, signal } = context;
    const request = { name, arguments: args, idempotency_key: idempotencyKey };
    const { job_id } = await client.submit(request, signal);
    return { job_id };
  };
  const look = async (handed: JsonObject, context: ToolContext, looks: number) => {
    const job = await client.job(handed["job_id"] as string, holdMs, context.signal);
    return job.result === null ? waitForJob(job, pollMs * 2 ** (looks - 1)) : outputOf(job);
  };
  const tool = defineTool({
    name,
    description,
    jsonSchema: parameters,
    replay: "idempotent",
    retry: { maxAttempts: 20, baseMs: 1_000, maxMs: MAX_POLL_MS },
    approval: typeof approval === "object" ? (approval[name] ?? false) : approval,
    execute: submit,
  });
  return Object.freeze({ ...tool, look });
}

function outputOf({ result }: ToolJob): unknown {
  if (result?.success === true) return result.output;
  throw new ToolError(result?.error ?? "the tool failed and did not say why");
}

/** Whatever ends the wait, the worker is asked: it alone knows. */
function waitForJob({ job_id, status, waiting }: ToolJob, pollMs: number): unknown {
  return waitFor({
    reason: "job",
    keys: [`tool_job:${job_id}`],
    details: { job_id, status, waiting },
    timeoutMs: Math.min(pollMs, MAX_POLL_MS),
    timeoutNode: "look",
    resumeToNode: "look",
    resultKey: "told",
  });
}
