import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import type { Abortable } from "../ports/abortable.ts";
import type { DurableStore } from "../ports/durable-store.ts";
import { follow } from "../run/fold-run.ts";
import type { RunState } from "../run/run-state.ts";

/** So many records are in memory at a time. */
const PAGE = 1_000;

/** A ledger, from its beginning to one of its records. */
export interface Prefix {
  readonly runId: string;
  readonly seq: number;
}

/**
 * The state that a run had after one of its records: the fold of its ledger up to there, which is read once, page by page.
 *
 * @param visit hears of each record
 * @throws run_not_found the run, or that part of its ledger, is gone
 * @throws invalid_argument the ledger begins later: the run was adopted from 0.2.0
 */
export async function foldPrefix(
  store: Pick<DurableStore, "records">,
  prefix: Prefix,
  options: Abortable,
  visit: (record: LedgerRecord) => void = () => {},
): Promise<RunState> {
  let run: RunState | undefined;
  for await (const records of pagesOf(store, prefix, 0, options))
    for (const record of records) {
      run = follow(run, record);
      visit(record);
    }
  return assertWhole(run, prefix);
}

/** The fold of a prefix that was read whole. @throws run_not_found it was purged meanwhile */
export function assertWhole(run: RunState | undefined, { runId, seq }: Prefix): RunState {
  if (run?.seq === seq) return run;
  throw new AbstractRuntimeError("run_not_found", `the ledger of run ${runId} is gone`, {
    details: { runId, seq },
  });
}

/**
 * The records of a prefix beyond one of them, page by page.
 *
 * @throws invalid_argument as `foldPrefix`
 */
export async function* pagesOf(
  store: Pick<DurableStore, "records">,
  { runId, seq }: Prefix,
  from: number,
  options: Abortable,
): AsyncGenerator<readonly LedgerRecord[], void, void> {
  for (let after = from; after < seq;) {
    const range = { after, limit: Math.min(PAGE, seq - after) };
    const page = await store.records(runId, range, options);
    const first = page[0]?.seq ?? seq;
    if (first > seq) throw beginsLater(runId, seq, first);
    const last = page.at(-1)?.seq;
    if (last === undefined) return;
    // The ledger of an adopted run begins later than it was asked for, and so the page goes on further.
    yield last <= seq ? page : page.filter((record) => record.seq <= seq);
    after = last;
  }
}

function beginsLater(runId: string, seq: number, first: number): AbstractRuntimeError {
  return new AbstractRuntimeError(
    "invalid_argument",
    `run ${runId} can't be folded before record ${first}, with which it was adopted from 0.2.0: ${seq} is too early`,
    { details: { runId, seq, first } },
  );
}
