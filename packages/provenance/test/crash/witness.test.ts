import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FileStore } from "@abstractruntime/storage-fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import {
  createKeyFile,
  FileWitness,
  verifyAgainstWitness,
  verifySignatures,
  WitnessedStore,
} from "../../src/index.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "witness-crash-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it.each([0, 1, 2, 5])(
  "hands out what a process that was killed at submission %i had committed",
  async (submissions) => {
    const keyFile = join(folder, "key.pem");
    const { keyId, publicKey } = await createKeyFile(keyFile);
    const worker = join(import.meta.dirname, "witness-worker.ts");
    const { signal } = spawnSync(process.execPath, [worker, folder, keyFile, String(submissions)]);
    expect(signal).toBe("SIGKILL");

    const witness = await FileWitness.open(join(folder, "witness.jsonl"));
    await using store = new WitnessedStore(await FileStore.open(join(folder, "data")), { witness });
    const kept = await Promise.all(["r1", "r2", "r3"].map((runId) => witness.list(runId)));
    expect(kept.flat()).toHaveLength(submissions);

    expect(await store.catchUp()).toBeGreaterThan(0);
    const { items } = await store.list();
    expect(items.length).toBeGreaterThan(0);
    for (const { run } of items) {
      const texts = await store.recordTexts(run.runId);
      const signed = verifySignatures(texts, { keys: [{ keyId, publicKey }] });
      const witnessed = await verifyAgainstWitness(texts, run.runId, witness);
      expect(signed).toMatchObject({ ok: true, sealedCount: texts.length });
      expect(witnessed).toMatchObject({ ok: true, witnessedCount: texts.length });
    }
    expect(await store.catchUp()).toBe(0);
    await witness.close();
  },
);
