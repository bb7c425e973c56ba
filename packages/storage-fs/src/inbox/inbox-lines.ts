import {
  decodeMessage,
  encodeMessage,
  Fields,
  type InboxMessage,
  type JoinTally,
} from "@abstractruntime/core/store";
import { corruptBy } from "../folder/corrupt.ts";
import { linesOf } from "../folder/lines.ts";
import { type CountedEnd, Inbox } from "./inbox.ts";

/** A delivered message as its line of the inbox file. */
export function renderMessage({ position, message }: InboxMessage): string {
  return `${JSON.stringify({ position, message: encodeMessage(message) })}\n`;
}

/** Messages that a commit consumes and no record of it names. Counts if the ledger has the commit. */
export interface Consumption {
  readonly commitId: string;
  readonly messageIds: readonly string[];
}

export function renderConsumption({ commitId, messageIds }: Consumption): string {
  return `${JSON.stringify({ commit_id: commitId, message_ids: messageIds })}\n`;
}

export function renderCount({ messageId, waitId, completed }: CountedEnd): string {
  return `${JSON.stringify({ counted: messageId, wait_id: waitId, completed })}\n`;
}

/** A whole inbox as a new file: first the ids of what was consumed, the last position and the tally of the run's join, then what is unread. */
export function renderInbox(inbox: Inbox, tally: JoinTally | null): string {
  const header = {
    inbox_seq: inbox.seq,
    consumed: inbox.trimConsumed(),
    ...(tally !== null && { tally: encodeTally(tally) }),
  };
  return [`${JSON.stringify(header)}\n`, ...inbox.after(0).map(renderMessage)].join("");
}

export interface ReadInbox {
  readonly inbox: Inbox;
  readonly consumptions: readonly Consumption[];
  /** Where the last whole line ends. What lies beyond is what a crash left of a delivery. */
  readonly end: number;
}

/**
 * An inbox from its file. All messages in it are unread: which ones were consumed, the ledger knows.
 *
 * @throws store_corrupt a line before the last can't be read
 */
export function parseInbox(bytes: Buffer, file: string): ReadInbox {
  const inbox = new Inbox();
  const consumptions: Consumption[] = [];
  let end = 0;
  for (const line of linesOf(bytes)) {
    try {
      if (!line.complete || line.text === undefined) throw new SyntaxError("it has no end");
      addLine(
        { inbox, consumptions },
        new Fields(JSON.parse(line.text), `${file}, byte ${line.offset}`),
      );
    } catch (error) {
      // A delivery of several messages may have reached the disk in part: what is missing reads as zeros.
      if (line.end === bytes.length || line.text?.includes("\0") === true) break;
      throw corruptBy(file, line.offset, error);
    }
    end = line.end;
  }
  return { inbox, consumptions, end };
}

function addLine(
  { inbox, consumptions }: { readonly inbox: Inbox; readonly consumptions: Consumption[] },
  fields: Fields,
): void {
  if (fields.has("commit_id")) {
    consumptions.push({
      commitId: fields.text("commit_id"),
      messageIds: fields.texts("message_ids"),
    });
    return;
  }
  if (fields.has("counted")) {
    inbox.count({
      messageId: fields.text("counted"),
      waitId: fields.text("wait_id"),
      completed: fields.flag("completed", false),
    });
    return;
  }
  if (fields.has("position")) {
    const message = decodeMessage(fields.value("message"), fields.path("message"));
    inbox.add(message, fields.count("position", 1));
    return;
  }
  for (const id of fields.texts("consumed")) inbox.consume(id);
  const tally = fields.optional("tally", readTally);
  if (tally !== null) inbox.setTally(tally);
  inbox.consumeUpTo(fields.count("inbox_seq"), new Set());
}

function encodeTally({ waitId, completed, failed }: JoinTally): object {
  return { wait_id: waitId, completed, failed };
}

function readTally(fields: Fields): JoinTally {
  return {
    waitId: fields.text("wait_id"),
    completed: fields.count("completed"),
    failed: fields.count("failed"),
  };
}
