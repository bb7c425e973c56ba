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
      for (const record of await kernel.store.records(runId, { after: seq })) {
        seq = record.seq;
        yield { type: "record", seq, record };
        for (const warning of record.warnings ?? []) yield { type: "limit", seq, warning };
      }
      if (isEnded(run) && seq >= run.seq) return;
      for (const event of heard.splice(0)) {
        if (event.type === "progress")
          yield { type: "progress", stepId: event.stepId, data: event.data };
      }
      await sleepUntil((resolve) => (wake = resolve), shell, heard, options.signal);
    }
  } finally {
    forget();
  }
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
