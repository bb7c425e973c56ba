import { VirtualClock } from "@abstractruntime/testkit";
import { describe, expect, it } from "vitest";
import {
  chainedLedger,
  hashOf,
  type PlannedCommit,
  rewritten,
} from "../../test/support/chained-ledger.ts";
import { KeySigner } from "../keys/key-signer.ts";
import type { TrustedKey } from "../keys/trusted-key.ts";
import { sealHeads } from "./head-sealer.ts";
import type { Signer } from "./signer.ts";
import { verifySignatures } from "./verify-signatures.ts";

const first = KeySigner.generate({ keyId: "first" });
const second = KeySigner.generate({ keyId: "second" });

function trusted(signer: KeySigner, more: Partial<TrustedKey> = {}): TrustedKey {
  return { keyId: signer.keyId, publicKey: signer.publicKey, ...more };
}

function moves(count: number, actorId: string | null = null): PlannedCommit {
  return { kinds: Array.from({ length: count }, () => "moved" as const), actorId };
}

/** Commits of two records, each sealed, one hour apart from 2026-03-01T00:00Z on; `signerAt` says who signs which. */
async function hourly(
  commits: number,
  signerAt: (hour: number) => Signer,
): Promise<readonly string[]> {
  const clock = new VirtualClock({ startAt: "2026-03-01T00:00:00Z" });
  let hour = 0;
  const sealer = sealHeads({ every: 1, clock, signers: () => signerAt(hour) });
  return chainedLedger(
    {
      seal: async (records) => {
        const seals = await sealer.seal(records);
        await clock.advance(3_600_000);
        hour += 1;
        return seals;
      },
    },
    Array.from({ length: commits }, () => moves(2)),
  );
}

const statuses = (texts: readonly string[], keys: readonly TrustedKey[]) =>
  verifySignatures(texts, { keys }).seals.map(({ status }) => status);

describe("verifySignatures", () => {
  it("says which records are proven, and which are not sealed yet", async () => {
    const sealer = sealHeads({ signers: first, every: 4 });
    const texts = await chainedLedger(sealer, [moves(5), moves(2)]);
    const report = verifySignatures(texts, { keys: [trusted(first)] });
    expect(report).toMatchObject({ ok: true, count: 7, sealedCount: 5, unsealedCount: 2 });
    expect(report.latest).toMatchObject({
      index: 4,
      status: "valid",
      head: { seq: 5, keyId: "first" },
    });
    expect(report.seals).toHaveLength(1);
  });

  it("needs the public key, and no more than its text", async () => {
    const texts = await hourly(2, () => first);
    expect(statuses(texts, [{ keyId: "first", publicKey: first.publicKey }])).toEqual([
      "valid",
      "valid",
    ]);
    expect(statuses(texts, [])).toEqual(["unknown_key", "unknown_key"]);
    expect(verifySignatures(texts, { keys: [] })).toMatchObject({
      ok: false,
      sealedCount: 0,
      latest: null,
    });
  });

  it("accepts a ledger over a change of keys, each within its time", async () => {
    const texts = await hourly(4, (hour) => (hour < 2 ? first : second));
    const until = trusted(first, { notAfter: "2026-03-01T01:30:00Z" });
    const from = trusted(second, { notBefore: "2026-03-01T01:30:00Z" });
    expect(statuses(texts, [until, from])).toEqual(["valid", "valid", "valid", "valid"]);
    const late = trusted(second, { notBefore: "2026-03-01T02:30:00Z" });
    expect(statuses(texts, [until, late])).toEqual(["valid", "valid", "outside_validity", "valid"]);
    expect(statuses(texts, [until])).toEqual(["valid", "valid", "unknown_key", "unknown_key"]);
  });

  it("proves nothing by what a revoked key signed afterwards", async () => {
    const texts = await hourly(3, () => first);
    const revoked = { at: "2026-03-01T01:00:00Z", reason: "lost laptop", compromised: true };
    const report = verifySignatures(texts, { keys: [trusted(first, { revoked })] });
    expect(report.seals.map(({ status }) => status)).toEqual(["valid", "revoked", "revoked"]);
    expect(report).toMatchObject({ ok: false, sealedCount: 2, unsealedCount: 4 });
    expect(report.latest?.predatesCompromise).toBe(true);
  });

  it("doubts the time of earlier seals only when somebody else may have the key", async () => {
    const texts = await hourly(1, () => first);
    const revoked = { at: "2026-04-01T00:00:00Z", reason: "retired" };
    const { latest } = verifySignatures(texts, { keys: [trusted(first, { revoked })] });
    expect(latest).toMatchObject({ status: "valid", predatesCompromise: false });
  });

  it("is not deceived by a seal from another record, run or hash", async () => {
    const texts = await hourly(3, () => first);
    const keys = [trusted(first)];
    const seal = (JSON.parse(texts[1] ?? "") as { signature: string }).signature;
    const moved = [
      ...texts.slice(0, 3),
      rewritten(texts[3] ?? "", (record) => (record["signature"] = seal)),
      ...texts.slice(4),
    ];
    expect(statuses(moved, keys)).toEqual(["valid", "bad_signature", "valid"]);
    const own = await chainedLedger(sealHeads({ signers: second, every: 1 }), [moves(2)], "run-2");
    const stolen = rewritten(own[1] ?? "", (record) => (record["signature"] = seal));
    expect(statuses([own[0] ?? "", stolen], keys)).toEqual(["bad_signature"]);
  });

  it("sees that a changed record was hashed anew but not signed anew", async () => {
    const texts = await hourly(2, () => first);
    const forged = rewritten(texts[3] ?? "", (record) => {
      record["node_id"] = "elsewhere";
      record["record_hash"] = hashOf(record as Parameters<typeof hashOf>[0]);
    });
    const report = verifySignatures([...texts.slice(0, 3), forged], { keys: [trusted(first)] });
    expect(report.seals.map(({ status }) => status)).toEqual(["valid", "bad_signature"]);
    expect(report).toMatchObject({ ok: false, sealedCount: 2 });
  });

  it("proves nothing beyond the first fault of the chain", async () => {
    const texts = await hourly(3, () => first);
    const changed = rewritten(texts[2] ?? "", (record) => (record["node_id"] = "elsewhere"));
    const report = verifySignatures([...texts.slice(0, 2), changed, ...texts.slice(3)], {
      keys: [trusted(first)],
    });
    expect(report).toMatchObject({ sealedCount: 2, unsealedCount: 4 });
  });

  it.each([
    ["another text", "signed by me"],
    ["a number", 7],
    ["an object", {}],
  ])("calls %s in the place of a seal malformed", async (_, signature) => {
    const texts = await hourly(1, () => first);
    const odd = rewritten(texts[1] ?? "", (record) => (record["signature"] = signature));
    const report = verifySignatures([texts[0] ?? "", odd], { keys: [trusted(first)] });
    expect(report.seals).toMatchObject([{ index: 1, status: "malformed", head: null }]);
    expect(report).toMatchObject({ ok: false, sealedCount: 0 });
  });

  it("does not see that a seal was taken away, and counts its records as unsealed", async () => {
    const texts = await hourly(2, () => first);
    const bare = rewritten(texts[3] ?? "", (record) => (record["signature"] = null));
    const report = verifySignatures([...texts.slice(0, 3), bare], { keys: [trusted(first)] });
    expect(report).toMatchObject({ ok: true, sealedCount: 2, unsealedCount: 2 });
  });
});

describe("an actor with a key of its own", () => {
  const ada = KeySigner.generate({ keyId: "ada", actorId: "ar_ada" });
  const keys = [trusted(first), trusted(ada, { actorIds: ["ar_ada"] })];

  it("has done what its key signed", async () => {
    const sealer = sealHeads({ signers: [first, ada], every: 100 });
    const ended = { kinds: ["cancelled"], actorId: "ar_ada" } as const;
    const texts = await chainedLedger(sealer, [moves(3, "ar_ada"), ended]);
    expect(verifySignatures(texts, { keys })).toMatchObject({
      ok: true,
      sealedCount: 4,
      unsignedActors: [],
    });
  });

  it("did not do what another key signed", async () => {
    const texts = await chainedLedger(sealHeads({ signers: first, every: 1 }), [
      moves(2, "ar_ada"),
    ]);
    const report = verifySignatures(texts, { keys });
    expect(report.seals).toMatchObject([{ status: "wrong_actor" }]);
    expect(report).toMatchObject({ ok: false, sealedCount: 0 });
  });

  it("did not do what stands unsigned among the records of others", async () => {
    // Ada's records are sealed by what somebody else did after her.
    const sealer = sealHeads({ signers: first, every: 1 });
    const texts = await chainedLedger(
      {
        seal: async (records) =>
          records[0]?.record.seq === 1 ? records.map(() => null) : sealer.seal(records),
      },
      [moves(2, "ar_ada"), moves(1, "ar_bob")],
    );
    expect(verifySignatures(texts, { keys })).toMatchObject({
      ok: false,
      sealedCount: 3,
      unsignedActors: [{ actorId: "ar_ada", count: 2, firstIndex: 0, lastIndex: 1 }],
    });
  });

  it("signs what it did, and another one what comes then", async () => {
    const sealer = sealHeads({ signers: [first, ada], every: 1 });
    const own = await chainedLedger(sealer, [moves(2, "ar_ada"), moves(2, "ar_bob")]);
    expect(verifySignatures(own, { keys })).toMatchObject({ ok: true, sealedCount: 4 });
  });

  it("is not accused of what is not sealed yet", async () => {
    const texts = await chainedLedger(sealHeads({ signers: ada }), [moves(2, "ar_ada")]);
    expect(verifySignatures(texts, { keys })).toMatchObject({
      ok: true,
      sealedCount: 0,
      unsealedCount: 2,
    });
  });
});
