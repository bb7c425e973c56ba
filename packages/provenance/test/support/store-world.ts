import type { DurableStore, JsonObject } from "@abstractruntime/core/store";
import { begun, newRun, nextChange, type RecordDraft } from "@abstractruntime/testkit/conformance";

/** Shorthands for one store. */
export function storeWorld(store: DurableStore) {
  const read = async (runId: string) => {
    const stored = await store.load(runId);
    if (stored === undefined) throw new TypeError(`there is no run ${runId}`);
    return stored;
  };
  return {
    read,
    start: async (vars: JsonObject = {}) => (await store.create(newRun({ vars }))).stored,
    commit: async (runId: string, ...records: RecordDraft[]) => {
      const change = nextChange(await read(runId), { records });
      await store.commit(change);
      return change;
    },
  };
}

/** Handlers ran and changed `vars` so. */
export function changed(
  ...changes: Extract<RecordDraft, { kind: "moved" }>["changes"]
): RecordDraft {
  return { kind: "moved", path: [], changes };
}

/** Effect number `ordinal` begins; its result will go to this path of `vars`. */
export function begunFor(ordinal: number, resultKey: string): RecordDraft {
  const draft = begun(ordinal);
  if (draft.kind !== "begun" || draft.intent === null) throw new TypeError("it intends nothing");
  const { intent } = draft;
  return { ...draft, intent: { ...intent, effect: { ...intent.effect, resultKey } } };
}
