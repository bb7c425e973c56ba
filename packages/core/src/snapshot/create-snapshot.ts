import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ids } from "../ports/ids.ts";
import type { Snapshot } from "../ports/snapshot-store.ts";
import { assertId } from "../run/run-id.ts";
import type { RunState } from "../run/run-state.ts";
import { formatInstant } from "../time/instant.ts";

export interface NewSnapshot {
  readonly run: RunState;
  /** What people find it by; not empty. */
  readonly name: string;
  readonly description?: string | null;
  readonly tags?: readonly string[];
  /** The step it belongs to; by default the one that is open. */
  readonly stepId?: string | null;
  /** By default a new one. */
  readonly snapshotId?: string;
  readonly ids: Ids;
  readonly clock: Clock;
}

/**
 * A bookmark of a run as it is now. Keep it with `SnapshotStore.save`.
 *
 * @throws invalid_id
 * @throws invalid_argument the name is empty, the description no text, or a tag none
 */
export function createSnapshot(snapshot: NewSnapshot): Snapshot {
  const { run, name, description = null, tags = [], ids, clock } = snapshot;
  const snapshotId = snapshot.snapshotId ?? ids.runId();
  assertId(snapshotId, "snapshot id");
  assertText(name, "name");
  if (description !== null && typeof description !== "string")
    throw invalid("description: give a text, or null");
  if (!Array.isArray(tags)) throw invalid("tags: give a list of texts");
  for (const [index, tag] of tags.entries()) assertText(tag, `tags[${index}]`);
  const now = formatInstant(clock.now());
  return {
    snapshotId,
    runId: run.runId,
    stepId: snapshot.stepId === undefined ? openStep(run) : snapshot.stepId,
    name,
    description,
    tags: [...tags],
    createdAt: now,
    updatedAt: now,
    runState: run,
  };
}

function openStep(run: RunState): string | null {
  return run.pending?.stepId ?? run.waiting?.stepId ?? null;
}

function assertText(value: unknown, where: string): void {
  if (typeof value === "string" && value !== "") return;
  throw invalid(`${where}: give a text that is not empty, not ${JSON.stringify(value)}`);
}

function invalid(problem: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_argument", `snapshot ${problem}`);
}
