import { exportRun } from "../bundle/export-run.ts";
import { importRun, type Imported, type ImportOptions } from "../bundle/import-run.ts";
import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { ArtifactStore } from "../ports/artifact-store.ts";
import type { SnapshotStore } from "../ports/snapshot-store.ts";
import { isEnded } from "../run/run-state.ts";
import { assertFlag, assertKnown } from "./assert-known.ts";
import { assertSender } from "./assert-text.ts";
import { loadRun, type Shell } from "./drive-run.ts";
import { eachDescendant, pauseFamily } from "./pause-run.ts";

export interface ExportOptions {
  /**
   * Whether to pause the run and all living runs below it before, so that nothing is done twice when it goes on elsewhere;
   * false by default. They stay paused here: cancel them once the copy goes on, or unpause them if it does not.
   */
  readonly pause?: boolean | undefined;
  /** Who exports, for the records that say that runs were paused. */
  readonly by?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Beside {
  readonly artifacts: ArtifactStore | undefined;
  readonly snapshots: SnapshotStore | undefined;
}

/** `exportRun` of this runtime's stores. @throws also run_leased: it was told to pause, and its driver has not read so */
export async function* exportFrom(
  shell: Shell,
  beside: Beside,
  runId: string,
  options: ExportOptions,
): AsyncGenerator<Uint8Array, void, void> {
  const { store, clock } = shell.kernel;
  shell.drivers.assertOpen();
  assertKnown(options, ["pause", "by", "signal"], "exportRun");
  assertFlag(options.pause, "exportRun.pause");
  assertSender(options);
  const { pause = false, by, signal } = options;
  if (pause) {
    await pauseFamily(shell, runId, { by });
    await assertPaused(shell, runId);
  }
  yield* exportRun({ store, clock, ...beside }, runId, { signal });
}

/** `importRun` into this runtime's stores. Drives nothing. */
export async function importInto(
  shell: Shell,
  beside: Beside,
  source: AsyncIterable<Uint8Array | string>,
  options: ImportOptions,
): Promise<Imported> {
  const { store, clock, ids } = shell.kernel;
  shell.drivers.assertOpen();
  assertKnown(options, ["paused", "by", "maxBytes", "signal"], "importRun");
  assertFlag(options.paused, "importRun.paused");
  assertSender(options);
  return importRun({ store, clock, ids, ...beside }, source, options);
}

/** Another process that drives one of the runs may not have read yet that it is to pause. */
async function assertPaused(shell: Shell, runId: string): Promise<void> {
  const { run } = await loadRun(shell.kernel, runId);
  if (!isEnded(run) && !run.paused) throw stillDriven(runId);
  for await (const child of eachDescendant(shell, runId))
    if (!child.run.paused) throw stillDriven(child.run.runId);
}

function stillDriven(runId: string): AbstractRuntimeError {
  return new AbstractRuntimeError(
    "run_leased",
    `run ${runId} was told to pause, and who drives it has not read so yet: export it again in a while`,
    { details: { runId } },
  );
}
