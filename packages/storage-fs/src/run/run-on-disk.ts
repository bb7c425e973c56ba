import type { RunState } from "@abstractruntime/core/store";
import type { Inbox } from "../inbox/inbox.ts";

/** Bytes at the end of a file that a crash left of a write that nobody was told of. */
export interface TornTail {
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
}

/** A file that grows, as it was read. */
interface ReadFile {
  /** Length of what holds for good. */
  readonly end: number;
  /** Whether there is more, to be cut before the next append. */
  readonly torn: boolean;
}

/** A run as its files have it. */
export interface RunOnDisk {
  readonly run: RunState;
  readonly commitId: string;
  /** `recordHash` of the ledger's last record. */
  readonly ledgerHead: string | null;
  /** Id of the first commit. */
  readonly createdBy: string;
  /** Whether the run file is the truth and the next commit adopts it. */
  readonly legacy: boolean;
  /** `from`: where folding starts. `open`: the last line lacks its newline. */
  readonly ledger: ReadFile & { readonly from: number; readonly open: boolean };
  /** Null when it was not asked for. */
  readonly inbox: (ReadFile & { readonly content: Inbox }) | null;
  readonly inboxSeq: number;
  readonly inboxSize: number;
  /** The run file's revision, number of records, size and place in the ledger; null when there is none that counts. */
  readonly checkpoint: CheckpointPlace | null;
  readonly torn: readonly TornTail[];
  /** Whether messages came that its run file knows nothing of and that make it due. */
  readonly hasNews: boolean;
  /** When it wakes, as its run file says; absent when the ledger says more than that. */
  readonly wakeAt?: string | null;
}

export interface CheckpointPlace {
  readonly revision: number;
  readonly seq: number;
  readonly bytes: number;
  readonly ledgerBytes: number;
}
