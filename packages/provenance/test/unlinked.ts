import type { DurableStore, LedgerRecord } from "@abstractruntime/core/store";
import type { StorePlace, StoreUnderTest } from "@abstractruntime/testkit/conformance";

/**
 * A chained store, for a suite that expects records as they were given: what the chain adds to them is taken away where they
 * are read. Nothing else is touched, and texts are those that the chain wrote.
 */
export function unlinked(open: (at: StorePlace) => Promise<DurableStore>): StoreUnderTest {
  const chained = new WeakMap<DurableStore, DurableStore>();
  return {
    open: async (at) => {
      const store = await open(at);
      const shown = withRecords(store);
      chained.set(shown, store);
      return shown;
    },
    atRest: (shown) => chained.get(shown) ?? shown,
  };
}

function withRecords(store: DurableStore): DurableStore {
  return new Proxy(store, {
    get(target, name) {
      if (name === "records")
        return async (...args: Parameters<DurableStore["records"]>) =>
          Object.freeze((await target.records(...args)).map(withoutLinks));
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

function withoutLinks(record: LedgerRecord): LedgerRecord {
  const { prevHash: _prev, recordHash: _hash, signature: _signature, ...given } = record;
  return Object.freeze(given);
}
