import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { MemoryStore, type DurableStore } from "@abstractruntime/core";
import type { FileStoreOptions } from "@abstractruntime/storage-fs";

/** Runs in memory, or in files in a new folder that goes away with the store. */
export type StoreKind = "memory" | "files";

/** The store that a flag names. */
export function storeKind(name: string): StoreKind {
  if (name === "memory" || name === "files") return name;
  throw new Error(`--store must be memory or files, not ${name}`);
}

export interface OpenedStore {
  readonly store: DurableStore;
  /** Where its files are; empty for the store in memory. */
  readonly folder: string;
}

export async function withStore<T>(
  kind: StoreKind,
  scratch: string,
  use: (opened: OpenedStore) => Promise<T>,
  options?: FileStoreOptions,
): Promise<T> {
  if (kind === "memory") {
    await using store = new MemoryStore();
    return await use({ store, folder: "" });
  }
  // Imported here, so that what is measured in memory does not hold the code of files.
  const { FileStore } = await import("@abstractruntime/storage-fs");
  return inNewFolder(scratch, async (folder) => {
    await using store = await FileStore.open(folder, options);
    return await use({ store, folder });
  });
}

/** A folder that goes away afterwards. */
export async function inNewFolder<T>(
  scratch: string,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  await mkdir(scratch, { recursive: true });
  const folder = await mkdtemp(join(scratch, "bench-"));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}
