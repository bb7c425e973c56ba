import {
  isEnded,
  isWokenBy,
  joinDue,
  type LedgerRecord,
  type RunState,
} from "@abstractruntime/core/store";
import type { Checkpoint } from "../checkpoint/checkpoint.ts";
import { inboxFile, ledgerFile } from "../folder/file-names.ts";
import type { Folder } from "../folder/folder.ts";
import type { Inbox } from "../inbox/inbox.ts";
import { parseInbox, type ReadInbox } from "../inbox/inbox-lines.ts";
import type { PlacedRecord } from "../ledger/ledger-tail.ts";
import type { RunOnDisk, TornTail } from "./run-on-disk.ts";

/** A run as its run file and ledger have it. */
export type ReadState = Omit<
  RunOnDisk,
  "hasNews" | "inbox" | "inboxSeq" | "inboxSize" | "torn" | "wakeAt"
> & {
  /** Records beyond the checkpoint: the messages that they name are consumed. */
  readonly tail: readonly PlacedRecord[];
  readonly from: Checkpoint | null;
};

interface Place {
  readonly folder: Folder;
  readonly runId: string;
  readonly ledgerSize: number;
  /** Whether the inbox of an ended run is left alone. */
  readonly brief: boolean;
}

/** Read a run's inbox too, and take out what its records have consumed. */
export async function addInbox(place: Place, state: ReadState): Promise<RunOnDisk> {
  const { folder, runId } = place;
  const { tail, from, ...rest } = state;
  const torn: TornTail[] = [];
  if (state.ledger.torn)
    torn.push(tailOf(folder.file(ledgerFile(runId)), state.ledger.end, place.ledgerSize));
  const head = tail.length === 0 ? from?.stored.head : undefined;
  const run = { ...rest, ...(head === undefined ? {} : { wakeAt: head.wakeAt }) };
  if (place.brief && isEnded(state.run) && tail.length === 0) {
    const inboxSeq = from?.stored.head.inboxSeq ?? 0;
    const inboxSize = from?.inboxUnread.length ?? 0;
    return { ...run, inbox: null, inboxSeq, inboxSize, hasNews: false, torn };
  }
  const bytes = (await folder.read(inboxFile(runId))) ?? Buffer.alloc(0);
  const read = parseInbox(bytes, folder.file(inboxFile(runId)));
  const { inbox, end } = read;
  consume(read, state);
  if (end < bytes.length) torn.push(tailOf(folder.file(inboxFile(runId)), end, bytes.length));
  return {
    ...run,
    inbox: { content: inbox, end, torn: end < bytes.length },
    inboxSeq: inbox.seq,
    inboxSize: inbox.size,
    hasNews:
      inbox.after(head?.inboxSeq ?? 0).some(({ message }) => isWokenBy(state.run, message)) ||
      isUntold(state.run, inbox),
    torn,
  };
}

function consume(
  { inbox, consumptions }: ReadInbox,
  { tail, from, commitId, run }: ReadState,
): void {
  if (from !== null) inbox.consumeUpTo(from.stored.head.inboxSeq, new Set(from.inboxUnread));
  // What a fork copied consumed messages of its origin.
  for (const { record } of tail) if (record.runId === run.runId) consumeNamed(inbox, record);
  const commits = new Set(tail.map(({ record }) => record.commitId).concat(commitId));
  for (const consumption of consumptions)
    if (commits.has(consumption.commitId))
      for (const messageId of consumption.messageIds) inbox.consume(messageId);
}

/** What a record consumes is known from now on. */
export function consumeNamed(inbox: Inbox, record: LedgerRecord): void {
  if ("messageId" in record && record.messageId !== null) inbox.consume(record.messageId);
}

/** Whether something is to be done about the run's children and a crash came before it was told. */
function isUntold(run: RunState, inbox: Inbox): boolean {
  return !run.paused && !inbox.hasJoinDue && joinDue(run, inbox.tally(run), run.updatedAt) !== null;
}

function tailOf(file: string, offset: number, size: number): TornTail {
  return { file, offset, bytes: size - offset };
}
