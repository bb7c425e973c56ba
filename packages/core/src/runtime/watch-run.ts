import type { RunEvent } from "../drive/run-events.ts";
import type { JsonValue } from "../json/json-value.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import type { LimitWarning } from "../limits/check-limits.ts";
import { isEnded } from "../run/run-state.ts";
import { loadRun, type Shell } from "./drive-run.ts";
import { POLL_MS } from "./run-to-end.ts";

/** What a watcher of a run sees: its records, each once and in order, and what effects of this process say meanwhile. */
export type WatchEvent =
  | { readonly type: "record"; readonly seq: number; readonly record: LedgerRecord }
  /** A limit began to warn, or was used up, by the record before. */
  | { readonly type: "limit"; readonly seq: number; readonly warning: LimitWarning }
  | { readonly type: "progress"; readonly stepId: string; readonly data: JsonValue };

export interface WatchOptions {
  /** Only records with a higher `seq`; 0 by default. A watcher that was cut off goes on after the last one it saw. */
  readonly after?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Follow a run from any point of its ledger, live, until it has ended. Runs that other processes drive are followed by
 * looking at the store now and then.
 *
 * @throws run_not_found; the signal's reason
 */
export async function* watchRun(
  shell: Shell,
  runId: string,
  options: WatchOptions,
): AsyncGenerator<WatchEvent, void, void> {
  const { kernel } = shell;
  const heard: RunEvent[] = [];
  let wake: () => void = () => {};
  const forget = kernel.events.listen(runId, (event) => {
    heard.push(event);
    wake();
  });
  let seq = options.after ?? 0;
  try {
    for (;;) {
      options.signal?.throwIfAborted();
      const { run } = await loadRun(kernel, runId);
      const records = await kernel.store.records(runId, { after: seq });
      for (const event of inOrder(records, seq, heard)) {
        if (event.type === "record") seq = event.seq;
        yield event;
      }
      if (isEnded(run) && seq >= run.seq) return;
      await sleepUntil((resolve) => (wake = resolve), shell, heard, options.signal);
    }
  } finally {
    forget();
  }
}

/**
 * Records that were read, and what was heard until then, as they came about: what an effect said before it ended comes before
 * the record of its end. Takes from `heard` what it gives, up to a commit that has yet to be read.
 */
function* inOrder(
  records: readonly LedgerRecord[],
  after: number,
  heard: RunEvent[],
): Generator<WatchEvent> {
  let next = 0;
  function* recordsTo(seq: number): Generator<WatchEvent> {
    for (let record = records[next]; record && record.seq <= seq; record = records[++next]) {
      yield { type: "record", seq: record.seq, record };
      for (const warning of record.warnings ?? [])
        yield { type: "limit", seq: record.seq, warning };
    }
  }
  const lastRead = records.at(-1)?.seq ?? after;
  for (let event = heard[0]; event !== undefined; event = heard[0]) {
    const lastOf = event.type === "committed" ? (event.records.at(-1)?.seq ?? 0) : 0;
    if (lastOf > lastRead) break;
    heard.shift();
    yield* recordsTo(lastOf);
    if (event.type === "progress")
      yield { type: "progress", stepId: event.stepId, data: event.data };
  }
  yield* recordsTo(lastRead);
}

async function sleepUntil(
  onWake: (resolve: () => void) => void,
  { kernel }: Shell,
  heard: readonly RunEvent[],
  signal: AbortSignal | undefined,
): Promise<void> {
  if (heard.length > 0) return;
  const woken = new AbortController();
  onWake(() => woken.abort());
  const either = signal === undefined ? woken.signal : AbortSignal.any([woken.signal, signal]);
  await kernel.clock.sleep(POLL_MS, { signal: either }).catch((error: unknown) => {
    if (!woken.signal.aborted) throw error;
  });
}
