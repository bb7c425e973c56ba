import { AbstractRuntimeError, isAbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { Kernel } from "../drive/kernel.ts";
import { createdRecord } from "../drive/created-record.ts";
import { RunFound } from "../drive/run-writer.ts";
import { startVars } from "../drive/start-vars.ts";
import { canonicalJson } from "../json/canonical-json.ts";
import type { JsonObject, JsonValue } from "../json/json-value.ts";
import type { CreatedRecord } from "../ledger/ledger-record.ts";
import { assertId } from "../run/run-id.ts";
import type { Workflow } from "../workflow/workflow.ts";
import {
  attendAll,
  awaitsChildren,
  driveDetached,
  driveFamily,
  type DriveOptions,
  type Shell,
} from "./drive-run.ts";
import { assertText } from "./assert-text.ts";
import { newLease } from "./drivers.ts";
import { maxStepsOf } from "./max-steps.ts";

export interface StartOptions<Input> {
  readonly vars?: Input | undefined;
  /** The run's id, as an idempotency key: a run that has it is returned instead, if it was started alike. */
  readonly id?: string | undefined;
  readonly actorId?: string | undefined;
  readonly sessionId?: string | undefined;
  /** A run to show as the parent; it is not told of the end. */
  readonly parentRunId?: string | undefined;
  /** Whether to go on until the run waits or ends; true by default. Else it is left due, for whoever drives. */
  readonly drive?: boolean | undefined;
  /** Node handlers that may be called; unlimited by default. */
  readonly maxSteps?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** @returns the run's id */
export async function startRun<Input>(
  shell: Shell,
  workflow: Workflow,
  options: StartOptions<Input>,
): Promise<string> {
  const { kernel, drivers } = shell;
  drivers.assertOpen();
  options.signal?.throwIfAborted();
  if (options.id !== undefined) assertId(options.id, "run id");
  for (const name of ["actorId", "sessionId", "parentRunId"] as const)
    assertText(options[name], name);
  kernel.workflows.register(workflow);
  const vars = await startVars(workflow, options.vars, kernel.limits);
  const drive: DriveOptions = { maxSteps: maxStepsOf(options.maxSteps), signal: options.signal };
  const runId = options.id ?? kernel.ids.runId();
  if (options.id !== undefined && (await kernel.store.load(runId)) !== undefined) {
    return rejoin(shell, workflow, vars, runId, options, drive);
  }
  const { actorId = null, sessionId = null, parentRunId = null } = options;
  const steps = options.drive === false ? 0 : drive.maxSteps;
  const subject = { runId, actorId, sessionId };
  const driver = drivers.make(kernel, {
    subject,
    lease: newLease(kernel),
    held: false,
    workflow,
    maxSteps: steps,
  });
  const nonce = kernel.ids.token();
  driver.add([
    createdRecord({
      workflow,
      vars,
      nonce,
      parentRunId,
      parent: null,
      depth: 0,
      now: kernel.clock.now(),
    }),
  ]);
  try {
    await drivers.drive(driver, options.signal);
  } catch (error) {
    if (!(error instanceof RunFound)) throw error;
    return rejoin(shell, workflow, vars, runId, options, drive);
  }
  driveDetached(shell, driver.startedChildren);
  await attendAll(shell, driver.cancelledRuns);
  const { run, messagesLeft } = driver;
  if (steps > 0 && (messagesLeft || awaitsChildren(run))) await goOn(shell, runId, drive);
  else if (messagesLeft) await attendAll(shell, [runId]);
  return runId;
}

/** The run is there: go on with it, if it is the same and nobody else does. */
async function rejoin(
  shell: Shell,
  workflow: Workflow,
  vars: JsonObject,
  runId: string,
  options: { readonly drive?: boolean | undefined },
  drive: DriveOptions,
): Promise<string> {
  await assertSame(shell, workflow, vars, runId);
  if (options.drive !== false) await goOn(shell, runId, drive);
  return runId;
}

/** The run is there, whoever drives it. */
export async function goOn(shell: Shell, runId: string, drive: DriveOptions): Promise<void> {
  try {
    await driveFamily(shell, runId, drive);
  } catch (error) {
    if (
      !isAbstractRuntimeError(error, "run_leased") &&
      !isAbstractRuntimeError(error, "workflow_changed")
    )
      throw error;
  }
}

/** The vars that this workflow makes of what the run was created with, by whom ever. */
async function madeOf(
  { limits }: Kernel,
  workflow: Workflow,
  { nodeId, workflowVersion, vars }: CreatedRecord,
): Promise<JsonValue> {
  if (nodeId !== "") return vars;
  if (workflowVersion !== null && workflowVersion !== workflow.version) return null;
  return startVars(workflow, vars, limits).catch(() => null);
}

async function assertSame(
  shell: Shell,
  workflow: Workflow,
  vars: JsonObject,
  runId: string,
): Promise<void> {
  const { kernel } = shell;
  const [created] = await kernel.store.records(runId, { limit: 1 });
  const same =
    created?.kind === "created" &&
    created.runId === runId &&
    created.workflowId === workflow.id &&
    canonicalJson(await madeOf(kernel, workflow, created)) === canonicalJson(vars);
  if (same) return;
  throw new AbstractRuntimeError(
    "run_exists",
    `run ${runId} exists, with another workflow or other vars: use another id, or the same vars`,
    { details: { runId } },
  );
}
