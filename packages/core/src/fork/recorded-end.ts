import type { JsonValue } from "../json/json-value.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import type { Abortable } from "../ports/abortable.ts";
import type { DurableStore } from "../ports/durable-store.ts";
import type { ForkOrigin } from "../run/run-state.ts";

/** How a step ended well in another run: its result, and the record that says it. */
export interface RecordedEnd {
  readonly result: JsonValue;
  readonly origin: ForkOrigin;
}

const PAGE = 100;

/** The good end of a step that was open at a place of a ledger, if the ledger has one beyond it; else null. */
export async function recordedEnd(
  store: Pick<DurableStore, "records">,
  { runId, seq }: ForkOrigin,
  stepId: string,
  options: Abortable,
): Promise<RecordedEnd | null> {
  let open: string | null = stepId;
  for (let after = seq; ;) {
    const page = await store.records(runId, { after, limit: PAGE }, options);
    for (const record of page) {
      // The run itself may be a fork, which has its own name for the step.
      if (record.kind === "forked") open = record.pending?.stepId ?? null;
      const result = open === null ? null : endOf(record, open);
      if (result !== undefined)
        return result === null ? null : { ...result, origin: { runId, seq: record.seq } };
    }
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return null;
    after = last.seq;
  }
}

/** The result with which a record ends a step well, null when the step is over otherwise, undefined when it is open. */
function endOf(
  record: LedgerRecord,
  stepId: string,
): Pick<RecordedEnd, "result"> | null | undefined {
  if (record.kind === "ended" || record.kind === "cancelled") return null;
  if (!("stepId" in record) || record.stepId === null) return undefined;
  if (record.stepId !== stepId) return record.kind === "late" ? undefined : null;
  switch (record.kind) {
    case "completed":
      return { result: record.result };
    case "settled":
      if (record.verdict === "not_happened") return undefined;
      return record.verdict === "happened" ? { result: record.result } : null;
    case "failed":
      return record.retryAt === null ? null : undefined;
    case "waiting":
    case "answered":
    case "timed_out":
      return null;
    case "ready":
    case "begun":
    case "interrupted":
    case "late":
      return undefined;
    default:
      return record satisfies never;
  }
}
