import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ArtifactStore, SnapshotStore } from "@abstractruntime/core/store";
import {
  describeArtifactStore,
  describeDurableStore,
  describeSnapshotStore,
} from "@abstractruntime/testkit/conformance";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FileArtifactStore, FileSnapshotStore, FileStore } from "./index.ts";

const runner = { describe, it, expect };
let base: string;
let count = 0;

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), "abstractruntime-conformance-"));
});
afterAll(() => rm(base, { recursive: true, force: true }));

/** Where each store that a suite opened has its files. */
const folders = new WeakMap<object, string>();

function nextFolder(): string {
  count += 1;
  return join(base, `folder-${count}`);
}

function folderOf(store: object): string {
  return folders.get(store) ?? nextFolder();
}

describeDurableStore(
  "FileStore",
  { open: ({ place, clock }) => FileStore.open(join(base, place), { clock }) },
  runner,
);

describeArtifactStore(
  "FileArtifactStore",
  {
    open: (options) => openArtifacts(nextFolder(), options),
    reopen: async (store) => {
      await store.close();
      return openArtifacts(folderOf(store));
    },
    damage: async (store, artifactId) => {
      const file = await open(join(folderOf(store), "artifacts", `${artifactId}.bin`), "r+");
      await file.write("!", 0);
      await file.close();
    },
  },
  runner,
);

describeSnapshotStore(
  "FileSnapshotStore",
  {
    open: () => openSnapshots(nextFolder()),
    reopen: async (store) => {
      await store.close();
      return openSnapshots(folderOf(store));
    },
  },
  runner,
);

async function openArtifacts(dir: string, options?: { graceMs?: number }): Promise<ArtifactStore> {
  const store = await FileArtifactStore.open(dir, options);
  folders.set(store, dir);
  return store;
}

async function openSnapshots(dir: string): Promise<SnapshotStore> {
  const store = await FileSnapshotStore.open(dir);
  folders.set(store, dir);
  return store;
}
