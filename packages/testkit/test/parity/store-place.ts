import { MemoryStore, type Clock, type DurableStore } from "@abstractruntime/core";

/** Where a scenario's runs live, across the restarts of its process. */
export interface StorePlace {
  /** The store that is there. After a restart it is opened again. */
  open(clock: Clock): Promise<DurableStore>;
  /** The process that had opened it is gone. */
  leave(store: DurableStore): Promise<void>;
}

/** A memory store stays; only the runtime in front of it is new. */
export function memoryPlace(): StorePlace {
  let store: MemoryStore | undefined;
  return {
    open: async (clock) => (store ??= new MemoryStore({ clock })),
    leave: async () => {},
  };
}
