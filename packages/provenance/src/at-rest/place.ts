import type { LedgerRecord, Message, RunState } from "@abstractruntime/core/store";

/** Where values stand that are read: in a record, a state or a message. */
export interface Place {
  /** For error messages: `run x, record 5`. */
  readonly name: string;
  /** Whether what was written at an origin belongs at this path. */
  admits(origin: string, path: string): boolean;
}

/** Where values stand that are written. */
export interface WritablePlace extends Place {
  /** Dotted path in `vars` to which a record's result goes; null for none, and where it is no record. */
  readonly resultKey: string | null;
  /** The one name of a path here, over all runs: `<run id>/<seq>/<path>`, or that of a message. */
  originOf(path: string): string;
}

/**
 * A record: a value stands where it was written, to the letter. Records that a fork copied keep their run's name.
 *
 * @param before the run that a record follows which is to be written
 */
export function placeInRecord(record: LedgerRecord, before?: RunState): WritablePlace {
  const { runId, seq } = record;
  const prefix = `${runId}/${seq}/`;
  return {
    name: `run ${runId}, record ${seq}`,
    resultKey: resultKeyOf(record, before),
    originOf: (path) => prefix + path,
    admits: (origin, path) => origin === prefix + path,
  };
}

/**
 * A message in the inbox of a run, or an event that no run has yet.
 *
 * @param runId null for an event that is kept, which a run's inbox takes over as it is
 */
export function placeInMessage(runId: string | null, message: Message): WritablePlace {
  const id = encodeURIComponent(message.messageId);
  const kept = message.kind === "event" ? `/kept/${id}/${encodeURIComponent(message.key)}/` : null;
  const prefix = runId === null ? (kept ?? `/kept/${id}/`) : `${runId}/inbox/${id}/`;
  return {
    name:
      runId === null
        ? `kept event ${message.messageId}`
        : `run ${runId}, message ${message.messageId}`,
    resultKey: null,
    originOf: (path) => prefix + path,
    admits: (origin, path) => origin === prefix + path || (kept !== null && origin === kept + path),
  };
}

/**
 * A run's state: a value comes from a record of this run, or of one that it is a copy of, and from a place there that
 * leads here. That it is the record's latest word only the ledger knows.
 */
export function placeInState({ runId, seq, origin: copied }: RunState): Place {
  return {
    name: `run ${runId}`,
    admits: (origin, path) => {
      const [, writer, record, written] = originOfRecord.exec(origin) ?? [];
      if (written === undefined || Number(record) > seq) return false;
      return (writer === runId || copied !== null) && leadsTo(masked(written), masked(path));
    },
  };
}

function resultKeyOf(record: LedgerRecord, before: RunState | undefined): string | null {
  if (record.kind === "completed") return record.resultKey;
  if (record.kind === "settled") return before?.pending?.effect.resultKey ?? null;
  return before?.waiting?.resultKey ?? null;
}

const originOfRecord = /^([^/]+)\/(\d+)\/(.*)$/s;

/** Positions in lists change with what comes before them, so they do not count. Numbers as keys of objects look alike. */
function masked(path: string): string {
  return path.replaceAll(/(?<=\/)(?:\d+|-)(?=\/|$)/g, "*");
}

/** Whether folding a record brings a value from its path there to this path of the state. */
function leadsTo(written: string, path: string): boolean {
  const [head = ""] = written.split("/", 1);
  const rest = written.slice(head.length);
  switch (head) {
    case "changes":
      return path === `vars${rest.slice("/*".length)}`;
    case "wait":
      return path === `waiting${rest}`;
    case "effect":
      return path === `pending/effect${rest}`;
    case "run":
      return path === rest.slice(1);
    case "reason":
      return path === "error/message";
    // Where the effect or the wait said: under its `resultKey`.
    case "result":
      return path.startsWith("vars/") && path.endsWith(rest);
    case "error":
      return path === written || (path.startsWith("vars/") && path.endsWith(`/${written}`));
    default:
      return path === written;
  }
}
