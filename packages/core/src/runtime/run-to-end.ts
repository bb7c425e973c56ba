import { isAbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { StoredRun } from "../ports/durable-store.ts";
import { isEnded, type RunState } from "../run/run-state.ts";
import { listedChildren } from "../wait/any-wait.ts";
import { awaitedChild, driveFamily, loadRun, type Shell } from "./drive-run.ts";

/** How often a run that others may move is looked at, in milliseconds; less often each time that it did not move. */
export const POLL_MS = 1_000;
const MAX_POLL_MS = 60_000;

/**
 * Drive a run to its end, sleeping through timers, backoff and other drivers' leases, or to a wait that only the outside
 * can end.
 *
 * @throws what `driveRun` throws, except run_leased; the signal's reason
 */
export async function runToEnd(
  shell: Shell,
  runId: string,
  options: { readonly signal?: AbortSignal | undefined },
): Promise<RunState> {
  const { signal } = options;
  let seen = -1;
  for (let pollMs = POLL_MS; ; pollMs *= 2) {
    const run = await driveOrLoad(shell, runId, signal);
    if (isEnded(run)) return run;
    const wakeAt = await nextWake(shell, await loadRun(shell.kernel, runId));
    if (wakeAt === null) return run;
    pollMs = run.revision === seen ? Math.min(pollMs, MAX_POLL_MS) : POLL_MS;
    seen = run.revision;
    await pause(shell, runId, Math.min(wakeAt - shell.kernel.clock.now(), pollMs), signal);
  }
}

async function driveOrLoad(
  shell: Shell,
  runId: string,
  signal: AbortSignal | undefined,
): Promise<RunState> {
  try {
    return await driveFamily(shell, runId, { maxSteps: Infinity, signal });
  } catch (error) {
    if (
      !isAbstractRuntimeError(error, "run_leased") &&
      !isAbstractRuntimeError(error, "lease_lost")
    )
      throw error;
    return (await loadRun(shell.kernel, runId)).run;
  }
}

/** When time alone moves the run, or a child that it waits for (milliseconds since 1970); null: never. */
async function nextWake(shell: Shell, { run, head }: StoredRun): Promise<number | null> {
  let wakeAt = head.wakeAt === null ? null : Date.parse(head.wakeAt);
  for await (const child of awaitedChildren(shell, run)) {
    const below = await nextWake(shell, child);
    if (below !== null) wakeAt = Math.min(wakeAt ?? below, below);
  }
  return wakeAt;
}

/** The living children that the run waits for. */
async function* awaitedChildren(shell: Shell, run: RunState): AsyncGenerator<StoredRun> {
  const { store } = shell.kernel;
  const childId = awaitedChild(run);
  if (childId !== null) yield await loadRun(shell.kernel, childId);
  for (const listed of run.waiting === null ? [] : listedChildren(run.waiting)) {
    const child = await store.load(listed);
    if (child !== undefined && !isEnded(child.run)) yield child;
  }
  const stepId = run.waiting?.join ? run.waiting.stepId : null;
  if (stepId === null) return;
  let cursor: string | undefined;
  do {
    const page = await store.listChildren(run.runId, {
      stepId,
      ...(cursor !== undefined && { cursor }),
    });
    yield* page.items.filter((child) => !isEnded(child.run));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}

/** Sleep for a while, but not past a commit of this runtime. */
async function pause(
  shell: Shell,
  runId: string,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { clock, events } = shell.kernel;
  const moved = new AbortController();
  const forget = events.listen(runId, () => moved.abort());
  const either = signal === undefined ? moved.signal : AbortSignal.any([moved.signal, signal]);
  try {
    await clock.sleep(Math.max(ms, 1), { signal: either });
  } catch (error) {
    if (!moved.signal.aborted) throw error;
  } finally {
    forget();
  }
  signal?.throwIfAborted();
}
