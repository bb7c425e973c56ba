import { MemoryStore } from "@abstractruntime/core";
import { encrypt, type EncryptOptions } from "../../src/index.ts";
import { newKey } from "./new-key.ts";
import { storeWorld } from "./store-world.ts";

export const keys = { current: "k1", keys: { k1: newKey(), k2: newKey() } };
export const canary = "canary in a coal mine";

/** An encrypting store in memory, and the one below it. */
export function encryptedWorld(options: Partial<EncryptOptions> = {}) {
  const inner = new MemoryStore();
  const store = encrypt(inner, { keys, ...options });
  const atRest = async (runId: string): Promise<string> =>
    JSON.stringify([
      await inner.recordTexts(runId),
      await inner.load(runId),
      await inner.readInbox(runId),
    ]);
  return { inner, store, atRest, ...storeWorld(store) };
}
