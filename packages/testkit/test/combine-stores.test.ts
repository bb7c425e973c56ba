import { combineStores, MemoryLedgerStore, MemoryRunStore } from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import { describeDurableStore } from "../src/conformance/index.ts";

describeDurableStore(
  "combineStores of memory halves",
  {
    open: async ({ clock }) =>
      combineStores({ runs: new MemoryRunStore({ clock }), ledger: new MemoryLedgerStore() }),
  },
  { describe, it, expect },
);
