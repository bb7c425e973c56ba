import type { JsonObject, RunQuery, Runtime, RunState } from "@abstractruntime/core";
import { isObject } from "../llm/is-object.ts";

/** A tool call that waits for a person. Answer it with `runtime.resume(runId, approve(), { waitId, by })`. */
export interface OpenApproval {
  /** The run of this one call. */
  readonly runId: string;
  readonly waitId: string;
  /** The run that asked for the call. */
  readonly parentRunId: string | null;
  readonly sessionId: string | null;
  readonly tool: string;
  readonly description: string;
  readonly arguments: JsonObject;
  readonly callId: string;
  /** Why the tool wants a person's consent, where it says so. */
  readonly reason: string | null;
  /** What was wrong with changed arguments that were given before. */
  readonly problem: string | null;
  readonly prompt: string;
  /** ISO 8601. */
  readonly askedAt: string;
}

/** The tool calls that wait for a person, latest first: of a session, an actor, a parent run, or all. */
export async function* openApprovals(
  runtime: Pick<Runtime, "runs">,
  query: Pick<RunQuery, "sessionId" | "actorId" | "parentRunId"> = {},
): AsyncGenerator<OpenApproval, void, void> {
  const waiting = { ...query, status: "waiting", waitReason: "user" } as const;
  for await (const run of runtime.runs(waiting)) {
    const approval = approvalOf(run);
    if (approval !== null) yield approval;
  }
}

/** What a run waits for, if it is a person's consent to a tool call. */
export function approvalOf(run: RunState): OpenApproval | null {
  const asked = run.waiting?.details?.["approval"];
  if (run.waiting === null || !isObject(asked)) return null;
  const { runId, parentRunId, sessionId, updatedAt: askedAt } = run;
  const { waitId, prompt } = run.waiting;
  return {
    runId,
    waitId,
    parentRunId,
    sessionId,
    tool: textIn(asked, "tool") ?? "",
    description: textIn(asked, "description") ?? "",
    arguments: isObject(asked["arguments"]) ? asked["arguments"] : {},
    callId: textIn(asked, "call_id") ?? "",
    reason: textIn(asked, "reason"),
    problem: textIn(asked, "problem"),
    prompt: prompt ?? "",
    askedAt,
  };
}

function textIn(object: JsonObject, name: string): string | null {
  const value = object[name];
  return typeof value === "string" ? value : null;
}
