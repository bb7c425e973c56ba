import { assertWhole, foldPrefix, pagesOf, type Prefix } from "../fork/fold-prefix.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import type { Abortable } from "../ports/abortable.ts";
import type { DurableStore } from "../ports/durable-store.ts";
import { follow } from "../run/fold-run.ts";
import type { RunState } from "../run/run-state.ts";

/** One of two ledgers: its state, and the records that only it has. */
interface Side {
  readonly run: RunState;
  readonly records: readonly LedgerRecord[];
}

/** Two ledgers, folded as one as far as they are one. */
export interface Apart {
  /** The last record that both have; 0: none. */
  readonly sharedSeq: number;
  readonly from: Side;
  readonly to: Side;
}

type Records = Pick<DurableStore, "records">;

/**
 * Fold two ledgers up to a record each. A fork and its origin share what was copied, whichever of them is looked at.
 *
 * @throws run_not_found, invalid_argument as `foldPrefix`
 */
export async function foldApart(
  store: Records,
  from: Prefix,
  to: Prefix,
  options: Abortable,
): Promise<Apart> {
  if (from.runId === to.runId) return foldOne(store, from, to, options);
  const [left, right] = [eachOf(store, from, options), eachOf(store, to, options)];
  let run: RunState | undefined;
  let [one, other] = [await left.next(), await right.next()];
  while (one.done !== true && other.done !== true && isSame(one.value, other.value)) {
    run = follow(run, one.value);
    [one, other] = [await left.next(), await right.next()];
  }
  return {
    sharedSeq: run?.seq ?? 0,
    from: await rest(from, run, one, left),
    to: await rest(to, run, other, right),
  };
}

/** Two places of one ledger: the earlier one is what they share. */
async function foldOne(
  store: Records,
  from: Prefix,
  to: Prefix,
  options: Abortable,
): Promise<Apart> {
  const [early, late] = from.seq <= to.seq ? [from, to] : [to, from];
  const run = await foldPrefix(store, early, options);
  const records: LedgerRecord[] = [];
  for await (const page of pagesOf(store, late, early.seq, options)) records.push(...page);
  const shared = { run, records: [] };
  const longer = { run: records.reduce<RunState>(follow, run), records };
  const sides = early === from ? { from: shared, to: longer } : { from: longer, to: shared };
  return { sharedSeq: early.seq, ...sides };
}

async function* eachOf(
  store: Records,
  prefix: Prefix,
  options: Abortable,
): AsyncGenerator<LedgerRecord, void, void> {
  for await (const page of pagesOf(store, prefix, 0, options)) yield* page;
}

/** The records of a side beyond what both share, folded. */
async function rest(
  prefix: Prefix,
  shared: RunState | undefined,
  first: IteratorResult<LedgerRecord, void>,
  more: AsyncGenerator<LedgerRecord, void, void>,
): Promise<Side> {
  const records: LedgerRecord[] = [];
  let run = shared;
  for (let next = first; next.done !== true; next = await more.next()) {
    run = follow(run, next.value);
    records.push(next.value);
  }
  return { run: assertWhole(run, prefix), records };
}

/** The same record, copied or not. */
function isSame(one: LedgerRecord, other: LedgerRecord): boolean {
  return one.runId === other.runId && one.seq === other.seq && one.commitId === other.commitId;
}
