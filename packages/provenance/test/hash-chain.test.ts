import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  combineStores,
  MemoryLedgerStore,
  MemoryRunStore,
  MemoryStore,
} from "@abstractruntime/core";
import { FileStore } from "@abstractruntime/storage-fs";
import { describeDurableStore } from "@abstractruntime/testkit/conformance";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hashChain } from "../src/index.ts";
import { unlinked } from "./unlinked.ts";

const runner = { describe, it, expect };
let base: string;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "abstractruntime-chain-"));
});
afterAll(() => rm(base, { recursive: true, force: true }));

describeDurableStore(
  "hashChain over memory",
  unlinked(async ({ clock }) => hashChain(new MemoryStore({ clock }))),
  runner,
);

describeDurableStore(
  "hashChain that remembers no run",
  unlinked(async ({ clock }) => hashChain(new MemoryStore({ clock }), { cachedRuns: 0 })),
  runner,
);

describeDurableStore(
  "hashChain over files",
  unlinked(async ({ place, clock }) =>
    hashChain(await FileStore.open(join(base, place), { clock })),
  ),
  runner,
);

describeDurableStore(
  "hashChain over combined stores",
  unlinked(async ({ clock }) => {
    const runs = new MemoryRunStore({ clock });
    return hashChain(combineStores({ runs, ledger: new MemoryLedgerStore() }));
  }),
  runner,
);
