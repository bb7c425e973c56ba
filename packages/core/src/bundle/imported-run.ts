import { decodeRun } from "../codec/run-codec.ts";
import type { Message } from "../inbox/message.ts";
import type { JsonValue } from "../json/json-value.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import { assertId } from "../run/run-id.ts";
import type { RunState } from "../run/run-state.ts";
import type { RunLine } from "./bundle-lines.ts";
import type { FoldedLedger } from "./ledger-fold.ts";
import { sameRun } from "./same-run.ts";

/** A run as a bundle has it. */
export interface ImportedRun {
  readonly run: RunState;
  /** Its ledger, line by line. */
  readonly texts: readonly string[];
  /** Those of it from which the state folds; none of a run that 0.2.0 wrote last. */
  readonly records: readonly LedgerRecord[];
  readonly messages: readonly Message[];
}

/**
 * A run of a bundle, once it is clear that its parts belong together.
 *
 * @throws invalid_id, store_corrupt, Error
 */
export function importedRun(
  line: RunLine,
  state: JsonValue,
  ledger: FoldedLedger & { readonly texts: readonly string[] },
  messages: readonly Message[],
): ImportedRun {
  assertId(line.runId, "run id");
  const run = decodeRun(state, `state of ${line.runId}`);
  const facts = [
    "runId",
    "workflowId",
    "workflowVersion",
    "graphHash",
    "status",
    "revision",
  ] as const;
  for (const fact of facts)
    if (run[fact] !== line[fact])
      throw new Error(`run ${line.runId}: its ${fact} is not that of its state`);
  if (run.seq !== line.ledgerLines)
    throw new Error(`run ${line.runId}: its state is not of the end of its ledger`);
  assertFolds(run, ledger);
  const ids = new Set<string>();
  for (const { messageId } of messages) {
    if (ids.has(messageId) || ledger.consumed.has(messageId))
      throw new Error(`run ${line.runId}: message ${messageId} was read already`);
    ids.add(messageId);
  }
  return { run, texts: ledger.texts, records: ledger.records, messages };
}

function assertFolds(run: RunState, ledger: FoldedLedger): void {
  if (run.revision === 0 && ledger.run === null) return;
  if (ledger.run === null) throw new Error(`run ${run.runId}: its ledger does not hold its state`);
  if (!sameRun(run, ledger.run))
    throw new Error(`run ${run.runId}: its state is not the fold of its ledger`);
}
