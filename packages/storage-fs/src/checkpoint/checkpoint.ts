import {
  decodeStoredRun,
  encodeStoredRun,
  Fields,
  parseRunText,
  type StoredRun,
} from "@abstractruntime/core/store";
import { corruptBy } from "../folder/corrupt.ts";

/** What a run file says: the run as of some byte of its ledger. */
export interface Checkpoint {
  readonly stored: StoredRun;
  /** Whether 0.2.0 wrote it last. It is then the truth, and the fields below are empty. */
  readonly legacy: boolean;
  /** Id of the run's first commit. */
  readonly createdBy: string;
  /** Bytes of the ledger that are in this state. */
  readonly ledgerBytes: number;
  /** The byte at which folding starts: the line of the last `created` or `adopted` record. */
  readonly ledgerFrom: number;
  /** Positions of the messages up to `inboxSeq` that no record had consumed. */
  readonly inboxUnread: readonly number[];
}

/** A run file, in 0.2.0's layout with our fields after its own. Leases are no part of it: they end with the process. */
export function renderCheckpoint(checkpoint: Omit<Checkpoint, "legacy">): string {
  const { stored, createdBy, ledgerBytes, ledgerFrom, inboxUnread } = checkpoint;
  const head = { ...stored.head, leaseId: null, leaseOwner: null };
  const fields = {
    ...encodeStoredRun({ run: stored.run, head }),
    created_by: createdBy,
    ledger_bytes: ledgerBytes,
    ledger_from: ledgerFrom,
    inbox_unread: inboxUnread,
  };
  return JSON.stringify(fields, null, 2);
}

/** @throws store_corrupt */
export function parseCheckpoint(text: string, file: string): Checkpoint {
  try {
    return readCheckpoint(text, file);
  } catch (error) {
    throw corruptBy(file, 0, error);
  }
}

function readCheckpoint(text: string, file: string): Checkpoint {
  const value: unknown = JSON.parse(text);
  const fields = new Fields(value, file);
  if (!fields.has("revision")) {
    const legacy = { createdBy: "", ledgerBytes: 0, ledgerFrom: 0, inboxUnread: [] };
    return { stored: parseRunText(text, file), legacy: true, ...legacy };
  }
  return {
    stored: decodeStoredRun(value, file),
    legacy: false,
    createdBy: fields.text("created_by"),
    ledgerBytes: fields.count("ledger_bytes"),
    ledgerFrom: fields.count("ledger_from"),
    inboxUnread: fields.list("inbox_unread").map(Number),
  };
}
