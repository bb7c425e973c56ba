import { randomBytes } from "node:crypto";
import {
  complete,
  defineWorkflow,
  type DurableStore,
  MemoryArtifactStore,
  MemoryStore,
  Runtime,
} from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import {
  digestPayloads,
  encrypt,
  exportEvidence,
  hashChain,
  KeySigner,
  sealHeads,
  verifyEvidence,
} from "../src/index.ts";

const whisper = defineWorkflow({
  id: "whisper",
  entry: "only",
  nodes: { only: (run) => complete({ heard: run.vars.secret }) },
});

const forms: readonly (readonly [string, (chained: DurableStore) => DurableStore])[] = [
  [
    "encrypted",
    (chained) => encrypt(chained, { keys: { current: "k", keys: { k: randomBytes(32) } } }),
  ],
  ["digests", (chained) => digestPayloads(chained, { payloads: new MemoryArtifactStore() })],
];

describe.each(forms)("evidence of payloads that are stored %s", (_, wrap) => {
  it.each(["the store", "the store below"])(
    "is verified and shows nothing, from %s",
    async (from) => {
      const signer = KeySigner.generate();
      const chained = hashChain(new MemoryStore(), { seal: sealHeads({ signers: signer }) });
      const store = wrap(chained);
      const runtime = new Runtime({ store });
      const run = await runtime.start(whisper, { id: "r1", vars: { secret: "the cake is a lie" } });
      expect(await run.result()).toEqual({ heard: "the cake is a lie" });

      const pieces: Uint8Array[] = [];
      const source = from === "the store" ? store : chained;
      for await (const piece of exportEvidence(source, "r1")) pieces.push(piece);
      expect(Buffer.concat(pieces).toString()).not.toContain("cake");
      const keys = [{ keyId: signer.keyId, publicKey: signer.publicKey }];
      const report = await verifyEvidence(pieces, { keys });
      expect(report).toMatchObject({ ok: true, fileProblems: [] });
      expect(report.runs[0]?.ledger).toMatchObject({ ok: true, problems: [] });
      await runtime.close();
    },
  );
});
