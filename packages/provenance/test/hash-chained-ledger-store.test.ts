import { combineStores, MemoryLedgerStore, MemoryRunStore } from "@abstractruntime/core";
import { describeDurableStore, type TestRunner } from "@abstractruntime/testkit/conformance";
import { describe, expect, it } from "vitest";
import { HashChainedLedgerStore } from "../src/index.ts";
import { unlinked } from "./unlinked.ts";

const register: TestRunner["describe"] = describe;
// What the head says of the chain is for a chain that knows both halves: `hashChain(combineStores(…))`.
const withoutHeads: TestRunner["describe"] = (title, body) =>
  title === "hash-chained records" ? undefined : register(title, body);

describeDurableStore(
  "combined stores with a HashChainedLedgerStore",
  unlinked(async ({ clock }) => {
    const ledger = new HashChainedLedgerStore(new MemoryLedgerStore());
    return combineStores({ runs: new MemoryRunStore({ clock }), ledger });
  }),
  { describe: withoutHeads, it, expect },
);
