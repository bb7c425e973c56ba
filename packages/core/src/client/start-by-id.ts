import { createSurely } from "../drive/commit-surely.ts";
import type { Kernel } from "../drive/kernel.ts";
import { inputVars } from "../drive/start-vars.ts";
import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { canonicalJson } from "../json/canonical-json.ts";
import type { JsonObject } from "../json/json-value.ts";
import type { CreatedRecord, LedgerRecord } from "../ledger/ledger-record.ts";
import { stampRecord, type RecordBody } from "../ledger/record-body.ts";
import type { Clock } from "../ports/clock.ts";
import type { NewRun } from "../ports/durable-store.ts";
import type { Ids } from "../ports/ids.ts";
import { randomIds } from "../ports/random-ids.ts";
import { systemClock } from "../ports/system-clock.ts";
import { beginFold } from "../run/fold-run.ts";
import { assertId } from "../run/run-id.ts";
import { assertKnown, invalid } from "../runtime/assert-known.ts";
import { assertText } from "../runtime/assert-text.ts";
import { instantly } from "../step/transition.ts";

export interface ClientStartOptions {
  /** What the workflow starts with: JSON, an object. Its first driver checks it against the workflow's schema. */
  readonly input?: unknown;
  /** The run's id, as an idempotency key: a run that has it is returned instead, if it was started alike. */
  readonly id?: string | undefined;
  readonly actorId?: string | undefined;
  readonly sessionId?: string | undefined;
  /** The version of the workflow that alone may start it; the latest that its first driver has by default. */
  readonly version?: string | undefined;
}

const names = ["input", "id", "actorId", "sessionId", "version"];

/**
 * Create a run of a workflow whose code is elsewhere, due now.
 *
 * @returns the run's id
 * @throws invalid_argument, invalid_id, invalid_json_value, value_too_large, run_exists
 */
export async function startById(
  kernel: Kernel,
  workflowId: string,
  options: ClientStartOptions,
): Promise<string> {
  assertKnown(options, names, "options");
  const { clock, ids } = kernel;
  const given = prepareById(workflowId, { ...options, clock, ids });
  const { created } = await createSurely(kernel, given);
  if (!created) await assertAlike(kernel, given);
  return given.run.runId;
}

export interface PrepareByIdOptions extends ClientStartOptions {
  readonly clock?: Clock | undefined;
  readonly ids?: Ids | undefined;
}

/**
 * A run as `Client.start` would create it: due now, held by nobody. For stores that create runs within a transaction of
 * somebody else.
 *
 * @throws invalid_argument, invalid_id, invalid_json_value, value_too_large
 */
export function prepareById(workflowId: string, options: PrepareByIdOptions = {}): NewRun {
  const { clock = systemClock, ids = randomIds, ...rest } = options;
  assertKnown(rest, names, "options");
  return newRun(ids, createdById(clock, ids, workflowId, rest), rest);
}

type CreatedBody = Extract<RecordBody, { kind: "created" }>;

function createdById(
  clock: Clock,
  ids: Ids,
  workflowId: string,
  options: ClientStartOptions,
): CreatedBody {
  assertName(workflowId, "a workflow's id");
  if (options.version !== undefined) assertName(options.version, "version");
  if (options.id !== undefined) assertId(options.id, "run id");
  for (const name of ["actorId", "sessionId"] as const) assertText(options[name], name);
  return {
    kind: "created",
    nodeId: "",
    workflowId,
    workflowVersion: options.version ?? null,
    graphHash: null,
    vars: inputVars(options.input),
    nonce: ids.token(),
    parentRunId: null,
    parent: null,
    depth: 0,
    ...instantly(clock.now()),
  };
}

function newRun(ids: Ids, body: CreatedBody, options: ClientStartOptions): NewRun {
  const { id, actorId = null, sessionId = null } = options;
  const subject = { runId: id ?? ids.runId(), actorId, sessionId };
  const commitId = ids.token();
  const record = { ...stampRecord(body, subject, { seq: 1, revision: 1, commitId }), last: true };
  const run = beginFold(record);
  const wakeAt = run.createdAt;
  return { run, commitId, records: [record], lease: null, wakeAt, children: [], messages: [] };
}

/** @throws run_exists */
async function assertAlike({ store }: Kernel, given: NewRun): Promise<void> {
  const { runId } = given.run;
  const [first] = await store.records(runId, { limit: 1 });
  if (first?.runId === runId && isStartedAlike(given, first)) return;
  throw new AbstractRuntimeError(
    "run_exists",
    `run ${runId} exists, with another workflow, version or input: use another id, or the same input`,
    { details: { runId } },
  );
}

/** Whether a run that is there was started as one that `prepareById` made. @param first its first record */
export function isStartedAlike({ records }: NewRun, first: LedgerRecord): boolean {
  const wanted = records[0];
  return (
    wanted?.kind === "created" &&
    first.kind === "created" &&
    first.workflowId === wanted.workflowId &&
    hasVersion(first, wanted.workflowVersion ?? undefined) &&
    canonicalJson(inputOf(first, wanted.vars)) === canonicalJson(wanted.vars)
  );
}

/** One that was started with its code has the version that started it, whether it was named or not. */
function hasVersion(first: CreatedRecord, version: string | undefined): boolean {
  if (first.nodeId === "") return first.workflowVersion === (version ?? null);
  return version === undefined || first.workflowVersion === version;
}

/** One that was started with its code has limits from there. What its schema made of the input is not undone. */
function inputOf(first: CreatedRecord, given: JsonObject): JsonObject {
  if (first.nodeId === "" || Object.hasOwn(given, "_limits")) return first.vars;
  const { _limits: _, ...vars } = first.vars;
  return vars;
}

function assertName(value: unknown, what: string): void {
  assertText(value, what);
  if (typeof value !== "string" || value === "") throw invalid(`${what} must not be empty`);
}
