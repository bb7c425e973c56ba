import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryArtifactStore, MemoryStore, offload } from "@abstractruntime/core";
import type { ArtifactStore, DurableStore } from "@abstractruntime/core/store";
import { FileStore } from "@abstractruntime/storage-fs";
import { describeDurableStore, type StorePlace } from "@abstractruntime/testkit/conformance";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { digestPayloads, encrypt, hashChain, redact } from "../src/index.ts";
import { newKey } from "./support/new-key.ts";
import { unlinked } from "./unlinked.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "abstractruntime-stacked-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const keys = { current: "k1", keys: { k1: newKey() } };
const below = new WeakMap<DurableStore, DurableStore>();
function stacked(store: DurableStore, artifacts: ArtifactStore): DurableStore {
  const sealed = encrypt(digestPayloads(hashChain(store), { payloads: artifacts }), { keys });
  const all = redact(offload(sealed, { artifacts, thresholdBytes: 100 }));
  below.set(all, store);
  return all;
}

function describeStacked(name: string, open: (at: StorePlace) => Promise<DurableStore>): void {
  const shown = unlinked(open);
  const atRest = (store: DurableStore): DurableStore => {
    const all = shown.atRest?.(store) ?? store;
    return below.get(all) ?? all;
  };
  describeDurableStore(name, { open: shown.open, atRest }, { describe, it, expect });
}

describeStacked(
  "redact, offload, encrypt, digestPayloads and hashChain over memory",
  async ({ clock }) => stacked(new MemoryStore({ clock }), new MemoryArtifactStore({ clock })),
);

describeStacked("encrypt above offload, over memory", async ({ clock }) => {
  const [store, artifacts] = [new MemoryStore({ clock }), new MemoryArtifactStore({ clock })];
  const all = redact(
    encrypt(offload(hashChain(store), { artifacts, thresholdBytes: 200 }), { keys }),
  );
  below.set(all, store);
  return all;
});

describeStacked("all of them over files", async ({ place, clock }) => {
  const store = await FileStore.open(join(folder, place), { clock });
  return stacked(store, store.artifacts);
});
