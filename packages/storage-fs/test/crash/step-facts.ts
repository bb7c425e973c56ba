import type { JsonValue, LedgerRecord } from "@abstractruntime/core";

/** What a ledger says of one step. */
export interface StepFacts {
  readonly key: string;
  readonly replay: "idempotent" | "never" | "safe";
  /** Attempts that were begun. */
  readonly begun: ReadonlySet<number>;
  /** How often it may be begun anew although it may happen once only: it certainly did not happen. */
  readonly certainly: number;
  /** Set when its end is committed. */
  readonly end: { readonly attempt: number; readonly result: JsonValue | undefined } | null;
}

/** The steps of a ledger that perform an effect, by id. */
export function stepsIn(ledger: readonly LedgerRecord[]): ReadonlyMap<string, StepFacts> {
  const steps = new Map<string, StepFacts>();
  const change = (stepId: string | null, facts: (known: StepFacts) => Partial<StepFacts>): void => {
    const known = stepId === null ? undefined : steps.get(stepId);
    if (stepId !== null && known !== undefined) steps.set(stepId, { ...known, ...facts(known) });
  };
  for (const record of ledger) {
    if ((record.kind === "ready" || record.kind === "begun") && record.intent !== null) {
      const { idempotencyKey: key, intent } = record;
      const { replay } = intent;
      steps.set(record.stepId, { key, replay, begun: new Set(), certainly: 0, end: null });
    }
    if (record.kind === "begun")
      change(record.stepId, ({ begun }) => ({ begun: new Set([...begun, record.attempt]) }));
    if (record.kind === "completed")
      change(record.stepId, () => ({ end: { attempt: record.attempt, result: record.result } }));
    if (record.kind === "failed" && record.retryAt === null)
      change(record.stepId, () => ({ end: { attempt: record.attempt, result: undefined } }));
    if (record.kind === "failed" && record.retryAt !== null)
      change(record.stepId, ({ certainly }) => ({ certainly: certainly + 1 }));
    if (record.kind === "settled" && record.verdict === "not_happened")
      change(record.stepId, ({ certainly }) => ({ certainly: certainly + 1 }));
    if (record.kind === "settled" && record.verdict === "happened")
      change(record.stepId, ({ begun }) => ({
        end: { attempt: Math.max(...begun), result: record.result },
      }));
  }
  return steps;
}
