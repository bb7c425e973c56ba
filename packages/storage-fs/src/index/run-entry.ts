import {
  type ForkOrigin,
  formatInstant,
  type ParentLink,
  type RunHead,
  type RunState,
  type Wait,
  type Wakeable,
} from "@abstractruntime/core/store";
import type { LedgerPlace } from "../ledger/ledger-place.ts";
import type { CheckpointPlace, RunOnDisk } from "../run/run-on-disk.ts";

/** What of a run the index keeps in memory, for every run of the folder: all but what it works on. */
export type RunFacts = Pick<
  RunState,
  | "actorId"
  | "createdAt"
  | "graphHash"
  | "parentRunId"
  | "paused"
  | "revision"
  | "seq"
  | "sessionId"
  | "status"
  | "updatedAt"
  | "workflowId"
  | "workflowVersion"
> & {
  readonly origin: Pick<ForkOrigin, "runId"> | null;
  readonly parent: Pick<ParentLink, "stepId"> | null;
  readonly waiting:
    | (Pick<Wait, "gate" | "reason" | "stepId" | "waitId" | "waitKeys"> & {
        readonly isJoin: boolean;
      })
    | null;
};

/** A run's place in the index: its facts, its scheduling facts, and where its files stand. */
export interface RunEntry extends Wakeable {
  run: RunFacts;
  readonly createdBy: string;
  commitId: string;
  ledgerHead: string | null;
  leaseId: string | null;
  leaseOwner: string | null;
  claims: number;
  inboxSeq: number;
  inboxSize: number;
  /** Whether a commit of it is being written: nobody may claim it meanwhile. */
  writing: boolean;
  /** Whether 0.2.0 wrote it last, so that the next commit adopts it. */
  legacy: boolean;
  /** Length of the ledger, and the byte where folding starts. */
  ledgerBytes: number;
  ledgerFrom: number;
  checkpoint: CheckpointPlace | null;
  /** Where readers of the ledger stopped. */
  places: readonly LedgerPlace[];
  /** Whether its scheduling facts are others than those in the run file. */
  rescheduled: boolean;
}

export function entryOf(found: Omit<RunOnDisk, "hasNews" | "inbox" | "torn" | "wakeAt">): RunEntry {
  return {
    runId: found.run.runId,
    run: factsOf(found.run),
    createdBy: found.createdBy,
    commitId: found.commitId,
    ledgerHead: found.ledgerHead,
    leaseId: null,
    leaseOwner: null,
    claims: 0,
    wakeAt: null,
    queueIndex: -1,
    inboxSeq: found.inboxSeq,
    inboxSize: found.inboxSize,
    writing: false,
    legacy: found.legacy,
    ledgerBytes: found.ledger.end,
    ledgerFrom: found.ledger.from,
    checkpoint: found.checkpoint,
    places: [],
    rescheduled: false,
  };
}

export function factsOf(run: RunState): RunFacts {
  return {
    actorId: run.actorId,
    createdAt: run.createdAt,
    graphHash: run.graphHash,
    parentRunId: run.parentRunId,
    parent: run.parent === null ? null : { stepId: run.parent.stepId },
    paused: run.paused,
    revision: run.revision,
    seq: run.seq,
    sessionId: run.sessionId,
    status: run.status,
    updatedAt: run.updatedAt,
    waiting: run.waiting === null ? null : waitFacts(run.waiting),
    workflowId: run.workflowId,
    workflowVersion: run.workflowVersion,
    origin: run.origin === null ? null : { runId: run.origin.runId },
  };
}

export function headOf(entry: RunEntry): RunHead {
  return Object.freeze({
    wakeAt: entry.wakeAt === null ? null : formatInstant(entry.wakeAt),
    leaseId: entry.leaseId,
    leaseOwner: entry.leaseOwner,
    claims: entry.claims,
    inboxSeq: entry.inboxSeq,
    inboxSize: entry.inboxSize,
    commitId: entry.commitId,
    ledgerHead: entry.ledgerHead,
  });
}

/** Whether nothing can happen to the run any more. */
export function hasEnded({ run }: RunEntry): boolean {
  return run.status !== "running" && run.status !== "waiting";
}

/** Whether the run file is behind the ledger. That of a run of 0.2.0 never is. */
export function isBehind({ legacy, checkpoint, run }: RunEntry): boolean {
  return !legacy && checkpoint?.revision !== run.revision;
}

function waitFacts(wait: Wait): RunFacts["waiting"] {
  const { gate, reason, stepId, waitId, waitKeys, join } = wait;
  return { gate, reason, stepId, waitId, waitKeys, isJoin: join !== null };
}
