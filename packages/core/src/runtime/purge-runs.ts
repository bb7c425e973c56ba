import type { ArtifactStore } from "../ports/artifact-store.ts";
import type { EndedStatus, PurgeRequest } from "../ports/durable-store.ts";
import { formatInstant, parseInstant } from "../time/instant.ts";
import { assertCount, assertFlag, assertKnown, assertListOf, invalid } from "./assert-known.ts";
import type { Shell } from "./drive-run.ts";
import { eachRun } from "./list-runs.ts";

/** Which ended runs go: one of `endedBefore` and `olderThanMs`, and what else must hold. */
export interface PurgeOptions {
  /** An instant (ISO 8601) that the end of every run that goes must precede. */
  readonly endedBefore?: string | undefined;
  /** How long ago, in milliseconds, every run that goes must have ended. */
  readonly olderThanMs?: number | undefined;
  /** Runs that ended so; all by default. Asked of the run at the top of a family, as is `workflowId`. */
  readonly statuses?: readonly EndedStatus[] | undefined;
  /** Whether failed runs stay, with all that is below them. */
  readonly keepFailed?: boolean | undefined;
  readonly workflowId?: string | undefined;
  /** So many runs stay however old they are: those that ended last, of those without a parent that the filters name. */
  readonly keepLatest?: number | undefined;
  /** At most this many runs; no limit by default. */
  readonly limit?: number | undefined;
  /** Whether to say only what would go. */
  readonly dryRun?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What went, or would go. */
export interface PurgeResult {
  /** The runs, each after those below it. */
  readonly runIds: readonly string[];
  /** How many artifacts nobody claims any more and are gone. A dry run does not know: 0. */
  readonly artifacts: number;
}

const names: readonly (keyof PurgeOptions)[] = [
  "endedBefore",
  "olderThanMs",
  "statuses",
  "keepFailed",
  "workflowId",
  "keepLatest",
  "limit",
  "dryRun",
  "signal",
];
const endings: readonly EndedStatus[] = ["completed", "failed", "cancelled"];
const batchSize = 1_000;

/**
 * Remove ended runs for good, batch by batch: heads, ledgers, inboxes, and artifacts that nobody else claims. See
 * `DurableStore.purge` for what is never removed.
 *
 * @param artifacts where claims are released, too, when the store does not know of it
 * @throws invalid_argument, invalid_instant; when the signal is aborted its reason, and what went before has gone
 */
export async function purgeRuns(
  shell: Shell,
  artifacts: ArtifactStore | undefined,
  options: PurgeOptions,
): Promise<PurgeResult> {
  shell.drivers.assertOpen();
  assertPurge(options);
  const { store, logger } = shell.kernel;
  const { signal, limit = Infinity } = options;
  const request = await requestOf(shell, options);
  const runIds: string[] = [];
  let released = 0;
  for (let isMore = true; isMore && runIds.length < limit;) {
    signal?.throwIfAborted();
    const size = request.dryRun === true ? limit : Math.min(batchSize, limit - runIds.length);
    const purged = await store.purge({
      ...request,
      limit: Math.min(size, Number.MAX_SAFE_INTEGER),
    });
    for (const runId of purged.runIds) runIds.push(runId);
    released += purged.artifacts;
    // Not under the signal: content whose run is gone would stay for good.
    if (request.dryRun !== true && artifacts !== undefined)
      for (const runId of purged.runIds) released += await artifacts.releaseRun(runId);
    isMore = request.dryRun !== true && purged.runIds.length === size;
    if (request.dryRun !== true) logger.info("runs.purged", { runs: purged.runIds.length });
  }
  return { runIds, artifacts: released };
}

async function requestOf(shell: Shell, options: PurgeOptions): Promise<PurgeRequest> {
  const { dryRun, workflowId } = options;
  const statuses = endings.filter(
    (status) =>
      (options.statuses?.includes(status) ?? true) &&
      !(status === "failed" && options.keepFailed === true),
  );
  const request: PurgeRequest = {
    endedBefore: cutOf(shell, options),
    statuses,
    ...(workflowId !== undefined && { workflowId }),
    ...(dryRun !== undefined && { dryRun }),
  };
  return { ...request, endedBefore: await beforeLatest(shell, request, options) };
}

function assertPurge(options: PurgeOptions): void {
  assertKnown(options, names, "purge");
  assertListOf(options.statuses, endings, "purge.statuses");
  assertFlag(options.keepFailed, "purge.keepFailed");
  assertFlag(options.dryRun, "purge.dryRun");
  assertCount(options.keepLatest, "purge.keepLatest", 0);
  assertCount(options.limit, "purge.limit", 1);
  if (options.workflowId !== undefined && typeof options.workflowId !== "string")
    throw invalid("purge.workflowId: give a text");
  if (options.keepFailed === true && options.statuses?.includes("failed"))
    throw invalid("purge: keepFailed is true and statuses name failed runs; give one of them");
}

/** The instant before which runs must have ended. */
function cutOf({ kernel }: Shell, { endedBefore, olderThanMs }: PurgeOptions): string {
  if ((endedBefore === undefined) === (olderThanMs === undefined))
    throw invalid("purge: say how old runs must be; give one of endedBefore and olderThanMs");
  if (endedBefore !== undefined) {
    parseInstant(endedBefore);
    return endedBefore;
  }
  const now = kernel.clock.now();
  if (typeof olderThanMs === "number" && olderThanMs >= 0 && olderThanMs <= now)
    return formatInstant(now - olderThanMs);
  throw invalid(`purge.olderThanMs: ${String(olderThanMs)} is no age; give milliseconds from 0`);
}

/** The same instant, or an earlier one that leaves the latest runs out. */
async function beforeLatest(
  { kernel }: Shell,
  { endedBefore, statuses, workflowId }: PurgeRequest,
  { keepLatest = 0, signal }: PurgeOptions,
): Promise<string> {
  if (keepLatest === 0) return endedBefore;
  const ended = {
    statuses: statuses ?? endings,
    root: true,
    ...(workflowId !== undefined && { workflowId }),
    limit: Math.min(keepLatest, batchSize),
  };
  let kept = 0;
  for await (const run of eachRun(kernel.store, ended, { signal })) {
    kept += 1;
    if (kept < keepLatest) continue;
    return parseInstant(run.updatedAt) < parseInstant(endedBefore) ? run.updatedAt : endedBefore;
  }
  return formatInstant(0);
}
