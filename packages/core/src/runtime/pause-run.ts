import { livingDescendants } from "../drive/descendants.ts";
import { AbstractRuntimeError, isAbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { StoredRun } from "../ports/durable-store.ts";
import { isEnded } from "../run/run-state.ts";
import { assertSender } from "./assert-text.ts";
import { messageHeader, type ControlOptions } from "./control-run.ts";
import { loadRun, type Shell } from "./drive-run.ts";
import { driveOn, runEnded, sendMessage } from "./send-message.ts";

export interface PauseOptions extends ControlOptions {
  /**
   * Whether the run's living descendants are told the same; false by default. One after the other and no transaction: a
   * crash in between leaves some of them told, and the same call again tells the rest. A run that another process drives
   * may start a child until it reads that it is to pause; that child is not told.
   */
  readonly children?: boolean | undefined;
}

/**
 * Pause a run, from the top of its family down, so that a paused parent starts no more children.
 *
 * @throws run_not_found, run_ended, inbox_full
 */
export async function pauseRun(shell: Shell, runId: string, options: PauseOptions): Promise<void> {
  const stored = await enter(shell, runId, options);
  await tell(shell, stored, "pause", options);
  if (options.children === true) await pauseDescendants(shell, runId, options);
}

/** The same with its children, and of a run that has ended, of those alone. @throws run_not_found, inbox_full */
export async function pauseFamily(
  shell: Shell,
  runId: string,
  options: ControlOptions,
): Promise<void> {
  const { run } = await loadRun(shell.kernel, runId);
  if (isEnded(run)) await pauseDescendants(shell, runId, options);
  else await pauseRun(shell, runId, { ...options, children: true });
}

/** Each is paused before its own children are looked for. One that ends meanwhile is passed over. */
async function pauseDescendants(
  shell: Shell,
  runId: string,
  options: ControlOptions,
): Promise<void> {
  for await (const child of eachDescendant(shell, runId))
    await unlessEnded(tell(shell, child, "pause", options));
}

/**
 * Unpause a run, from the bottom of its family up: after a crash in between, the run itself is paused still and says so.
 *
 * @throws run_not_found, run_ended
 */
export async function unpauseRun(
  shell: Shell,
  runId: string,
  options: PauseOptions,
): Promise<void> {
  const stored = await enter(shell, runId, options);
  if (options.children === true) await unpauseDescendants(shell, runId, options);
  await tell(shell, stored, "unpause", options, Infinity);
}

async function unpauseDescendants(
  shell: Shell,
  runId: string,
  options: PauseOptions,
): Promise<void> {
  const below: StoredRun[] = [];
  for await (const child of eachDescendant(shell, runId)) below.push(child);
  for (const child of below.toReversed()) {
    if (!(await unlessEnded(tell(shell, child, "unpause", options)))) continue;
    const childId = child.run.runId;
    shell.drivers.inBackground(`drive ${childId}`, () =>
      driveOn(shell, childId, { maxSteps: Infinity }),
    );
  }
}

/** Living runs below a run, parents before their children. */
export async function* eachDescendant(
  { kernel }: Shell,
  runId: string,
): AsyncGenerator<StoredRun, void, void> {
  const parents = [runId];
  for (let parent = parents.shift(); parent !== undefined; parent = parents.shift()) {
    for (const child of await livingDescendants(kernel.store, parent)) {
      const stored = await kernel.store.load(child.runId);
      if (stored === undefined || isEnded(stored.run)) continue;
      yield stored;
      parents.push(child.runId);
    }
  }
}

async function unlessEnded<Result>(work: Promise<Result>): Promise<Result | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isAbstractRuntimeError(error, "run_ended")) return undefined;
    throw error;
  }
}

/** @returns whether there was something to tell: a run that is as it should be, and has read all, is left alone. */
async function tell(
  shell: Shell,
  stored: StoredRun,
  kind: "pause" | "unpause",
  options: PauseOptions,
  maxSteps = 0,
): Promise<boolean> {
  const isSo = stored.run.paused === (kind === "pause");
  if (isSo && stored.head.inboxSize === 0) return false;
  const message = { kind, ...messageHeader(shell, options) };
  const mayRepeat = options.messageId !== undefined;
  await sendMessage(shell, stored, message, { maxSteps, mayRepeat });
  return true;
}

async function enter(shell: Shell, runId: string, options: PauseOptions): Promise<StoredRun> {
  shell.drivers.assertOpen();
  assertSender(options);
  const { children } = options;
  if (children !== undefined && typeof children !== "boolean")
    throw new AbstractRuntimeError("invalid_argument", "children: give true or false");
  const stored = await loadRun(shell.kernel, runId);
  if (isEnded(stored.run)) throw runEnded(runId);
  return stored;
}
