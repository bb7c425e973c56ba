import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryArtifactStore, MemoryStore } from "@abstractruntime/core";
import type { DurableStore } from "@abstractruntime/core/store";
import { FileStore } from "@abstractruntime/storage-fs";
import { describeDurableStore } from "@abstractruntime/testkit/conformance";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { digestPayloads } from "../src/index.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "abstractruntime-digest-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const inner = new WeakMap<DurableStore, DurableStore>();
const atRest = (store: DurableStore): DurableStore => inner.get(store) ?? store;

for (const cachedRuns of [100, 0])
  describeDurableStore(
    `digestPayloads over memory, remembering ${cachedRuns} runs`,
    {
      open: async ({ clock }) => {
        const store = new MemoryStore({ clock });
        const payloads = new MemoryArtifactStore({ clock });
        const digesting = digestPayloads(store, { payloads, cachedRuns });
        inner.set(digesting, store);
        return digesting;
      },
      atRest,
    },
    { describe, it, expect },
  );

describeDurableStore(
  "digestPayloads over files",
  {
    open: async ({ place, clock }) => {
      const store = await FileStore.open(join(folder, place), { clock });
      const digesting = digestPayloads(store, { payloads: store.artifacts });
      inner.set(digesting, store);
      return digesting;
    },
    atRest,
  },
  { describe, it, expect },
);
