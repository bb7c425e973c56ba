import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MemoryStore } from "@abstractruntime/core";
import type { DurableStore } from "@abstractruntime/core/store";
import { FileStore } from "@abstractruntime/storage-fs";
import { describeDurableStore, type StorePlace } from "@abstractruntime/testkit/conformance";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encrypt, type EncryptOptions } from "../src/index.ts";
import { newKey } from "./support/new-key.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "abstractruntime-encrypt-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const keys = { current: "k1", keys: { k1: newKey() } };
const inner = new WeakMap<DurableStore, DurableStore>();

function describeEncrypted(
  name: string,
  open: (place: StorePlace) => Promise<DurableStore>,
  options: Partial<EncryptOptions> = {},
): void {
  describeDurableStore(
    name,
    {
      open: async (place) => {
        const store = await open(place);
        const encrypting = encrypt(store, { keys, clock: place.clock, ...options });
        inner.set(encrypting, store);
        return encrypting;
      },
      atRest: (store) => inner.get(store) ?? store,
    },
    { describe, it, expect },
  );
}

describeEncrypted("encrypt over memory", async ({ clock }) => new MemoryStore({ clock }));
describeEncrypted(
  "encrypt that remembers no run and one key",
  async ({ clock }) => new MemoryStore({ clock }),
  { cachedRuns: 0, cachedKeys: 1 },
);
describeEncrypted("encrypt over files", ({ place, clock }) =>
  FileStore.open(join(folder, place), { clock }),
);
