import type { JsonObject } from "../json/json-value.ts";
import type { RunHead, StoredRun } from "../ports/durable-store.ts";
import { impliedWakeAt } from "../run/implied-wake-at.ts";
import type { RunState } from "../run/run-state.ts";
import { Fields } from "./fields.ts";
import { parseJsonText, refuseLossyNumbers } from "./parse-json-text.ts";
import { decodeRun, encodeRun, isLegacyRun } from "./run-codec.ts";

/** A run and its scheduling facts in one object: `encodeRun`, and the head's fields beside. */
export function encodeStoredRun({ run, head }: StoredRun): JsonObject {
  return {
    ...encodeRun(run),
    wake_at: head.wakeAt,
    lease_id: head.leaseId,
    lease_owner: head.leaseOwner,
    claims: head.claims,
    inbox_seq: head.inboxSeq,
    inbox_size: head.inboxSize,
    commit_id: head.commitId,
    ...(head.ledgerHead !== null && { ledger_head: head.ledgerHead }),
  };
}

/**
 * A run and its head from rest. A run without head fields (0.2.0's) is free, has an empty inbox and the commit id "",
 * and wakes when its state says: at `until`, or, running, at once.
 *
 * @throws store_corrupt
 */
export function decodeStoredRun(value: unknown, where: string): StoredRun {
  const run = decodeRun(value, where);
  return { run, head: readHead(new Fields(value, where), run) };
}

/**
 * A run file from its text, as `decodeStoredRun` reads it.
 *
 * @returns `legacy`: whether 0.2.0 wrote it last, so that it is to be adopted before the first commit.
 * @throws store_corrupt also at numbers in 0.2.0's files that JavaScript can't hold: the file must be left alone
 */
export function parseRunText(
  text: string,
  where: string,
): StoredRun & { readonly legacy: boolean } {
  const value = parseJsonText(text, where);
  const legacy = isLegacyRun(new Fields(value, where));
  if (legacy) refuseLossyNumbers(text, where);
  return { ...decodeStoredRun(value, where), legacy };
}

function readHead(fields: Fields, run: RunState): RunHead {
  return {
    wakeAt: fields.has("wake_at")
      ? fields.instantOrNull("wake_at")
      : impliedWakeAt(run, run.updatedAt, false),
    leaseId: fields.textOrNull("lease_id"),
    leaseOwner: fields.textOrNull("lease_owner"),
    claims: fields.count("claims", 0, 0),
    inboxSeq: fields.count("inbox_seq", 0, 0),
    inboxSize: fields.count("inbox_size", 0, 0),
    commitId: fields.textOrNull("commit_id") ?? "",
    ledgerHead: fields.textOrNull("ledger_head"),
  };
}
