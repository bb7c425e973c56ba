import { isAbstractRuntimeError } from "@abstractruntime/core/store";
import { VirtualClock } from "@abstractruntime/testkit";
import { describe, expect, it } from "vitest";
import { chainedLedger, type PlannedCommit } from "../../test/support/chained-ledger.ts";
import { callbackSigner } from "../keys/callback-signer.ts";
import { KeySigner } from "../keys/key-signer.ts";
import { sealHeads, type SealOptions } from "./head-sealer.ts";
import { parseSeal } from "./seal.ts";
import type { HashedRecord, Sealer } from "./sealer.ts";

const signer = KeySigner.generate({ keyId: "k1" });

/** Numbers of the records that are sealed. */
async function sealedSeqs(
  options: Partial<SealOptions>,
  commits: readonly PlannedCommit[],
): Promise<readonly number[]> {
  return (await seals(options, commits)).flatMap((seal, index) => (seal === null ? [] : index + 1));
}

async function seals(
  options: Partial<SealOptions>,
  commits: readonly PlannedCommit[],
): Promise<readonly (string | null)[]> {
  const texts = await chainedLedger(sealHeads({ signers: signer, ...options }), commits);
  return texts.map((text) => (JSON.parse(text) as { signature: string | null }).signature);
}

const moves = (count: number): PlannedCommit => ({
  kinds: Array.from({ length: count }, () => "moved" as const),
});

describe("sealHeads", () => {
  it("seals the commit that reaches or passes a multiple, with its last record", async () => {
    expect(
      await sealedSeqs({ every: 4 }, [moves(3), moves(3), moves(1), moves(1), moves(9)]),
    ).toEqual([6, 8, 17]);
  });

  it("seals where a run ends", async () => {
    expect(await sealedSeqs({}, [moves(2), { kinds: ["moved", "cancelled"] }])).toEqual([4]);
  });

  it("seals nothing else, 128 records apart", async () => {
    expect(await sealedSeqs({}, [moves(127)])).toEqual([]);
    expect(await sealedSeqs({}, [moves(127), moves(1)])).toEqual([128]);
  });

  it("signs each record by itself when asked to", async () => {
    expect(await sealedSeqs({ every: "record" }, [moves(2), moves(1)])).toEqual([1, 2, 3]);
  });

  it("takes the time from its clock", async () => {
    const clock = new VirtualClock({ startAt: "2026-03-01T09:00:00Z" });
    const [text] = await seals({ every: 1, clock }, [moves(1)]);
    expect(parseSeal(text ?? "")?.time).toBe("2026-03-01T09:00:00.000Z");
  });

  it("has each actor's records signed by the actor's signer, and the others by the one without", async () => {
    const ada = KeySigner.generate({ keyId: "ada", actorId: "ar_ada" });
    const commits = [
      { kinds: ["moved"], actorId: "ar_ada" },
      { kinds: ["moved"], actorId: "ar_bob" },
      { kinds: ["moved"] },
    ] as const;
    const texts = await seals({ every: 1, signers: [signer, ada] }, commits);
    expect(texts.map((text) => parseSeal(text ?? "")?.keyId)).toEqual(["ada", "k1", "k1"]);
  });

  it("seals the last record of an actor where another's follow in the same commit", async () => {
    const records: HashedRecord[] = [];
    const collect: Sealer = {
      seal: (more) => {
        records.push(...more);
        return more.map(() => null);
      },
    };
    const commits = ["ar_ada", "ar_bob"].map((actorId) => ({ ...moves(2), actorId }));
    await chainedLedger(collect, commits);
    const ada = KeySigner.generate({ keyId: "ada", actorId: "ar_ada" });
    const texts = await sealHeads({ signers: [signer, ada] }).seal(records);
    expect(texts.map((text) => parseSeal(text ?? "")?.keyId ?? null)).toEqual([
      null,
      "ada",
      null,
      null,
    ]);
  });

  it("asks a function for the signer each time, so that keys can change", async () => {
    const keys = [KeySigner.generate({ keyId: "old" }), KeySigner.generate({ keyId: "new" })];
    const texts = await seals({ every: 1, signers: () => keys.shift() }, [moves(1), moves(1)]);
    expect(texts.map((text) => parseSeal(text ?? "")?.keyId)).toEqual(["old", "new"]);
  });

  it("refuses records of an actor nobody signs for", async () => {
    const ada = KeySigner.generate({ actorId: "ar_ada" });
    await expect(seals({ every: 1, signers: ada }, [moves(1)])).rejects.toThrow(
      expect.toSatisfy((error) => isAbstractRuntimeError(error, "signer_not_found")),
    );
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("no session");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no session"))],
  ])("lets the driver send the commit again when a signer %s", async (_, sign) => {
    const absent = callbackSigner({ keyId: "kms", sign });
    await expect(seals({ every: 1, signers: absent }, [moves(1)])).rejects.toThrow(
      expect.toSatisfy((error) => isAbstractRuntimeError(error, "store_unavailable")),
    );
  });

  it("refuses what is no Ed25519 signature", async () => {
    const wrong = callbackSigner({ keyId: "kms", sign: () => new Uint8Array(72) });
    await expect(seals({ every: 1, signers: wrong }, [moves(1)])).rejects.toThrow(
      expect.toSatisfy((error) => isAbstractRuntimeError(error, "invalid_key")),
    );
  });

  it.each([
    ["no signers", { signers: [] }],
    ["two signers for one actor", { signers: [signer, KeySigner.generate()] }],
    ["no whole number", { signers: signer, every: 0.5 }],
    ["a number of zero", { signers: signer, every: 0 }],
  ])("refuses %s", (_, options) => {
    expect(() => sealHeads(options)).toThrow(
      expect.toSatisfy((error) => isAbstractRuntimeError(error, "invalid_argument")),
    );
  });
});
