import type { Abortable, DurableStore } from "@abstractruntime/core/store";

const textsAtOnce = 1_000;

export interface TextRange extends Abortable {
  /** Only records with a higher `seq`; 0 by default. */
  readonly after?: number;
  /** Only records up to this `seq`; all by default. */
  readonly upTo?: number;
}

/** A run's records as they are stored, a page in memory at a time. */
export async function* ledgerTexts(
  store: Pick<DurableStore, "recordTexts">,
  runId: string,
  { after = 0, upTo = Infinity, ...options }: TextRange = {},
): AsyncGenerator<string, void, void> {
  for (let at = after; at < upTo;) {
    const limit = Math.min(textsAtOnce, upTo - at);
    const texts = await store.recordTexts(runId, { after: at, limit }, options);
    if (texts.length === 0) return;
    yield* texts;
    at += texts.length;
  }
}
