import { describe, expect, it } from "vitest";
import { chainedLedger, type PlannedCommit, rewritten } from "../../test/support/chained-ledger.ts";
import { MemoryWitness, newHead } from "../../test/support/heads.ts";
import { KeySigner } from "../keys/key-signer.ts";
import { sealHeads } from "../sign/head-sealer.ts";
import { headOf, readHeadFields } from "../sign/read-head.ts";
import { verifySignatures } from "../sign/verify-signatures.ts";
import { verifyLedgerChain } from "../verify/verify-ledger-chain.ts";
import { verifyAgainstWitness } from "./verify-against-witness.ts";

const signer = KeySigner.generate({ keyId: "k1" });
const keys = [{ keyId: "k1", publicKey: signer.publicKey }];
const sealer = sealHeads({ signers: signer, every: 1 });
const moves: PlannedCommit = { kinds: ["moved", "moved"] };

async function witnessed(texts: readonly string[]): Promise<MemoryWitness> {
  const witness = new MemoryWitness();
  for (const [index, text] of texts.entries()) {
    const fields = readHeadFields(text, index + 1);
    const head = fields && headOf(fields);
    if (head) await witness.submit(head);
  }
  return witness;
}

describe("verifyAgainstWitness", () => {
  it("says up to where the witness knows the ledger as it is", async () => {
    const texts = await chainedLedger(sealer, [moves, moves]);
    const witness = await witnessed(texts.slice(0, 2));
    expect(await verifyAgainstWitness(texts, "run-1", witness)).toMatchObject({
      ok: true,
      heads: 1,
      witnessedCount: 2,
      contradictions: [],
    });
  });

  it("finds a history that was rewritten and signed anew with every key", async () => {
    const witness = await witnessed(await chainedLedger(sealer, [moves, moves, moves]));
    const forged = await chainedLedger(sealer, [moves, { kinds: ["moved", "cancelled"] }]);
    // Nothing else finds it.
    expect(verifyLedgerChain(forged).ok).toBe(true);
    expect(verifySignatures(forged, { keys }).ok).toBe(true);
    const report = await verifyAgainstWitness(forged, "run-1", witness, { keys });
    expect(report).toMatchObject({ ok: false, witnessedCount: 2 });
    expect(report.contradictions).toMatchObject([
      { type: "different", head: { seq: 4 } },
      { type: "missing", head: { seq: 6 } },
    ]);
  });

  it("finds a tail that was cut", async () => {
    const texts = await chainedLedger(sealer, [moves, moves]);
    const report = await verifyAgainstWitness(texts.slice(0, 2), "run-1", await witnessed(texts));
    expect(report).toMatchObject({ ok: false, contradictions: [{ type: "missing" }] });
    expect(await verifyAgainstWitness([], "run-1", await witnessed(texts))).toMatchObject({
      ok: false,
      witnessedCount: 0,
    });
  });

  it("does not take a stored hash for that of what is there", async () => {
    const texts = await chainedLedger(sealer, [moves, moves]);
    const changed = rewritten(texts[0] ?? "", (record) => (record["node_id"] = "elsewhere"));
    const report = await verifyAgainstWitness(
      [changed, ...texts.slice(1)],
      "run-1",
      await witnessed(texts),
    );
    expect(report).toMatchObject({ ok: false, witnessedCount: 0 });
    expect(report.contradictions).toHaveLength(2);
  });

  it("finds that the witness was given two histories", async () => {
    const texts = await chainedLedger(sealer, [moves]);
    const witness = await witnessed(texts);
    const other = await chainedLedger(sealer, [{ kinds: ["moved", "cancelled"] }]);
    for (const { heads } of [await witnessed(other)])
      for (const head of heads) await witness.submit(head);
    for (const history of [texts, other])
      expect(await verifyAgainstWitness(history, "run-1", witness)).toMatchObject({
        ok: false,
        heads: 2,
      });
  });

  it("leaves out what no trusted key signed, when it is given keys", async () => {
    const texts = await chainedLedger(sealer, [moves]);
    const witness = await witnessed(texts);
    await witness.submit(newHead({ seq: 2 }));
    await witness.submit(newHead({ seq: 2, keyId: "stranger" }));
    expect(await verifyAgainstWitness(texts, "run-1", witness)).toMatchObject({ ok: false });
    expect(await verifyAgainstWitness(texts, "run-1", witness, { keys })).toMatchObject({
      ok: true,
      heads: 1,
      ignored: 2,
      witnessedCount: 2,
    });
  });

  it("knows nothing of a run that the witness never heard of", async () => {
    const texts = await chainedLedger(sealer, [moves]);
    expect(await verifyAgainstWitness(texts, "run-1", new MemoryWitness())).toMatchObject({
      ok: true,
      heads: 0,
      witnessedCount: 0,
      witnessedAt: null,
    });
  });
});
