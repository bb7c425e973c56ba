import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { errorCodes, type ErrorCode } from "../errors/codes.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import type { RunError, RunState } from "../run/run-state.ts";
import { isEnded } from "../run/run-state.ts";
import { loadRun, type Shell } from "./drive-run.ts";
import { runEnded } from "./send-message.ts";

/** A message is consumed by one of the next records, or by none yet. */
const NEXT_RECORDS = 100;

/**
 * Tell the caller what became of its message, as far as the ledger says so already: when another answer came first,
 * this one was read and refused, or the run ended without reading it.
 *
 * @param sent the run before the message was sent, and the record that read it, if that is known
 * @throws run_ended, or the code with which it was refused, such as wait_id_mismatch or invalid_answer
 */
export async function assertAccepted(
  { kernel }: Shell,
  messageId: string,
  sent: { readonly run: RunState; readonly reader: LedgerRecord | null },
): Promise<void> {
  const { runId, seq } = sent.run;
  if (sent.reader !== null) return assertNotRefused(runId, messageId, sent.reader);
  const records = await kernel.store.records(runId, { after: seq, limit: NEXT_RECORDS });
  const reader = records.find((record) => "messageId" in record && record.messageId === messageId);
  if (reader !== undefined) return assertNotRefused(runId, messageId, reader);
  if (records.length === NEXT_RECORDS) return;
  if (isEnded((await loadRun(kernel, runId)).run)) throw runEnded(runId);
}

function assertNotRefused(runId: string, messageId: string, reader: LedgerRecord): void {
  if (reader.kind === "refused") throw refused(runId, messageId, reader.reason);
}

function refused(runId: string, messageId: string, { code, message }: RunError): Error {
  const known: ErrorCode = Object.hasOwn(errorCodes, code) ? (code as ErrorCode) : "invalid_answer";
  const details = { runId, messageId };
  return new AbstractRuntimeError(known, `${message}: load the run again`, { details });
}
