import { createSurely } from "../drive/commit-surely.ts";
import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { claimArtifacts } from "../fork/claim-artifacts.ts";
import { isUnknown, type ForkEffects } from "../fork/reopen.ts";
import { momentOf, type Moment } from "../fork/moment.ts";
import { newFork, type ForkPlan } from "../fork/new-fork.ts";
import { recordedEnd } from "../fork/recorded-end.ts";
import { varsChanges } from "../fork/vars-changes.ts";
import { canonicalJson } from "../json/canonical-json.ts";
import type { Patch } from "../json/patch.ts";
import type { ArtifactStore } from "../ports/artifact-store.ts";
import type { NewRun, StoredRun } from "../ports/durable-store.ts";
import { assertId } from "../run/run-id.ts";
import { isEnded, type ForkOrigin, type RunState } from "../run/run-state.ts";
import { assertFlag, assertKnown } from "./assert-known.ts";
import { assertText } from "./assert-text.ts";
import { loadRun, type Shell } from "./drive-run.ts";
import { maxStepsOf } from "./max-steps.ts";
import { passageFor } from "./passage-for.ts";
import { goOn } from "./start-run.ts";

/** How a copy of a run begins. */
export interface CopyOptions {
  /** The new run's id, as an idempotency key: a run that has it is returned instead, if it is the same copy. */
  readonly id?: string | undefined;
  /**
   * Other values in `vars`, by dotted paths as in `resultKey`: each takes the place of what is there, all else stays.
   * Lists have no paths: give them whole.
   */
  readonly vars?: Readonly<Record<string, unknown>> | undefined;
  /** What becomes of an effect that was under way there: see `ForkEffects`. */
  readonly effects: ForkEffects;
  /** The origin's by default. */
  readonly actorId?: string | undefined;
  readonly sessionId?: string | undefined;
  /** Who makes the copy. */
  readonly by?: string | undefined;
  /** Whether to go on until the new run waits or ends; true by default. Else it is left due, for whoever drives. */
  readonly drive?: boolean | undefined;
  /** Node handlers that may be called; unlimited by default. */
  readonly maxSteps?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ForkOptions extends CopyOptions {
  /** The last record that counts, also one inside of a commit; the run's last by default. */
  readonly atSeq?: number | undefined;
}

/** A place in the past of a run, and what is known of it. */
export interface ForkPoint {
  readonly origin: ForkOrigin;
  readonly moment: Moment;
  /** Whether the ledger is there to be copied. */
  readonly copies: boolean;
}

const names: readonly (keyof CopyOptions)[] = [
  "id",
  "vars",
  "effects",
  "actorId",
  "sessionId",
  "by",
  "drive",
  "maxSteps",
  "signal",
];

const policies: readonly unknown[] = ["recorded", "rerun", "ask"] satisfies ForkEffects[];

/** @returns the new run's id */
export async function forkRun(
  shell: Shell,
  artifacts: ArtifactStore | undefined,
  runId: string,
  options: ForkOptions,
): Promise<string> {
  assertCopyOptions(shell, options, ["atSeq"]);
  const stored = await loadRun(shell.kernel, runId);
  const existing = await findCopy(shell, options);
  const own = existing?.run.origin?.runId === runId ? existing.run.origin.seq : undefined;
  const { atSeq = own ?? stored.run.seq } = options;
  const point = await pointOf(shell, stored, atSeq, options);
  return copyRun(shell, artifacts, { point, existing }, options);
}

/** The moment of a run at one of its records. @throws invalid_argument */
export async function pointOf(
  { kernel }: Shell,
  stored: StoredRun,
  seq: number,
  { signal }: Pick<CopyOptions, "signal">,
): Promise<ForkPoint> {
  const { run } = stored;
  const origin = { runId: run.runId, seq };
  // 0.2.0's ledgers can't be folded: of its runs there is the present alone.
  if (run.revision === 0 && seq === run.seq)
    return { origin, copies: false, moment: { run, commitId: "", asked: null } };
  const moment = await momentOf(kernel.store, stored, seq, { signal });
  return { origin, copies: true, moment };
}

/**
 * Make the copy, unless the run that has its id is it. What its state refers to in the artifact store is its own then.
 *
 * @returns its id
 */
export async function copyRun(
  shell: Shell,
  artifacts: ArtifactStore | undefined,
  { point, existing }: { readonly point: ForkPoint; readonly existing: StoredRun | undefined },
  options: CopyOptions,
): Promise<string> {
  assertAlive(point);
  const plan = await planOf(shell, point, options);
  const given = newFork(plan);
  const { created, stored } =
    existing === undefined
      ? await create(shell, artifacts, given, options)
      : { created: false, stored: existing };
  if (!created) await assertSame(shell, stored, given, plan.changes);
  const { runId } = stored.run;
  if (options.drive !== false)
    await goOn(shell, runId, { maxSteps: maxStepsOf(options.maxSteps), signal: options.signal });
  return runId;
}

async function create(
  { kernel }: Shell,
  artifacts: ArtifactStore | undefined,
  given: NewRun,
  { signal }: CopyOptions,
): ReturnType<typeof createSurely> {
  if (artifacts !== undefined) await claimArtifacts(artifacts, given.run, { signal });
  return createSurely(kernel, given);
}

/** The run that has the id which a copy is to get. */
export async function findCopy(
  { kernel }: Shell,
  { id }: Pick<CopyOptions, "id">,
): Promise<StoredRun | undefined> {
  return id === undefined ? undefined : kernel.store.load(id);
}

/** @throws invalid_id, invalid_argument, runtime_closed */
export function assertCopyOptions(
  { drivers }: Shell,
  options: CopyOptions,
  more: readonly string[] = [],
): void {
  drivers.assertOpen();
  assertKnown(options, [...names, ...more], "options");
  if (!policies.includes(options.effects))
    throw new AbstractRuntimeError(
      "invalid_argument",
      `effects: say what becomes of an effect under way: ${policies.join(", ")}`,
    );
  options.signal?.throwIfAborted();
  if (options.id !== undefined) assertId(options.id, "run id");
  for (const name of ["actorId", "sessionId", "by"] as const) assertText(options[name], name);
  assertFlag(options.drive, "drive");
  maxStepsOf(options.maxSteps);
}

async function planOf(
  shell: Shell,
  { origin, moment, copies }: ForkPoint,
  options: CopyOptions,
): Promise<ForkPlan> {
  const { kernel } = shell;
  const { run } = moment;
  const { effects, actorId, sessionId, by, signal } = options;
  const isBuiltIn = (type: string): boolean => kernel.effects.builtIn(type) !== undefined;
  const wantsEnd = copies && effects === "recorded" && isUnknown(run, isBuiltIn);
  const runId = options.id ?? kernel.ids.runId();
  return {
    moment,
    origin,
    copies,
    effects,
    isBuiltIn,
    names: { runId, nonce: kernel.ids.token(), token: () => kernel.ids.token() },
    changes: await changesOf(shell, run, options),
    end:
      wantsEnd && run.pending !== null
        ? await recordedEnd(kernel.store, origin, run.pending.stepId, { signal })
        : null,
    actorId: actorId ?? run.actorId,
    sessionId: sessionId ?? run.sessionId,
    by: by ?? null,
    now: kernel.clock.now(),
  };
}

/**
 * How the copy's vars differ. What is to be driven, and vars that are to be checked, need the workflow.
 *
 * @throws workflow_not_registered, workflow_changed, and as `varsChanges`
 */
async function changesOf(
  shell: Shell,
  run: RunState,
  { vars, drive }: CopyOptions,
): Promise<Patch> {
  if (vars === undefined && drive === false) return [];
  const alone = { ...run, parent: null, parentRunId: null };
  const { workflow, migration } = await passageFor(shell, alone);
  // A migration checks the vars that it makes; those of a branch have no schema.
  const isTheirs = migration === null && run.parent?.branch !== true;
  return varsChanges(isTheirs ? workflow.varsSchema : null, run.vars, vars);
}

function assertAlive({ moment: { run }, origin }: ForkPoint): void {
  if (!isEnded(run)) return;
  throw new AbstractRuntimeError(
    "run_ended",
    `run ${origin.runId} has ended at record ${origin.seq}: fork it at an earlier one`,
    { details: { ...origin } },
  );
}

/** @throws run_exists the run that has the id is no such copy */
async function assertSame(
  { kernel }: Shell,
  { run: { runId, origin } }: StoredRun,
  { copyOf, records }: NewRun,
  changes: Patch,
): Promise<void> {
  const forked = records.find(({ kind }) => kind === "forked");
  const after = (forked?.seq ?? 1) - 1;
  const [found] = await kernel.store.records(runId, { after, limit: 1 });
  const isSame =
    found?.kind === "forked" &&
    forked?.kind === "forked" &&
    found.runId === runId &&
    canonicalJson({ ...origin }) === canonicalJson({ ...forked.origin }) &&
    (found.originCommitId === null) === (copyOf === undefined) &&
    canonicalJson(found.changes) === canonicalJson(changes);
  if (isSame) return;
  throw new AbstractRuntimeError(
    "run_exists",
    `run ${runId} exists, and is another copy or none: use another id`,
    { details: { runId } },
  );
}
