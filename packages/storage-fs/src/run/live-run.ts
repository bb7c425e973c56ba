import type { RunState } from "@abstractruntime/core/store";
import type { AppendFile } from "../folder/append-file.ts";
import type { Inbox } from "../inbox/inbox.ts";

/** A run in memory: its state, its inbox, and the files that grow with it. Written in the run's turn only. */
export interface LiveRun {
  run: RunState;
  readonly inbox: Inbox;
  readonly ledger: AppendFile;
  readonly inboxFile: AppendFile;
  /** Size of the inbox file when it was last written whole. */
  inboxBase: number;
  /** Whether the ledger's last line, 0.2.0's, lacks its newline. */
  openLine: boolean;
}

/** Whether the run can be dropped from memory and read again: no write is under way, and none is to be undone first. */
export function isIdle({ ledger, inboxFile }: LiveRun): boolean {
  return [ledger, inboxFile].every((file) => !file.busy && !file.suspect);
}
