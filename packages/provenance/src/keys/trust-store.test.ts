import { isAbstractRuntimeError } from "@abstractruntime/core/store";
import { describe, expect, it } from "vitest";
import { toBase64url } from "../sign/base64url.ts";
import { sealBytes, type SealedHead } from "../sign/seal.ts";
import { KeySigner } from "./key-signer.ts";
import { TrustStore } from "./trust-store.ts";
import { encodeTrustedKeys, parseTrustedKeys } from "./trusted-keys-codec.ts";
import type { TrustedKey } from "./trusted-key.ts";

const signer = KeySigner.generate({ keyId: "k1" });
const key: TrustedKey = { keyId: "k1", publicKey: signer.publicKey };

function headAt(time: string, change: Partial<SealedHead> = {}, by = signer): SealedHead {
  const unsigned = { runId: "run-1", seq: 7, headHash: "ab".repeat(32), time, actorId: null };
  const head = { ...unsigned, keyId: by.keyId, signature: "", ...change };
  return { ...head, signature: toBase64url(by.sign(sealBytes(head))) };
}

const noon = headAt("2026-03-01T12:00:00.000Z");

function judge(trusted: Partial<TrustedKey>, head = noon): string {
  return new TrustStore([{ ...key, ...trusted }]).judge(head);
}

describe("TrustStore", () => {
  it("finds a seal of a trusted key valid", () => {
    expect(judge({})).toBe("valid");
  });

  it("does not know a key that is not in it", () => {
    expect(new TrustStore([]).judge(noon)).toBe("unknown_key");
  });

  it.each([
    ["run", { runId: "run-2" }],
    ["number", { seq: 8 }],
    ["hash", { headHash: "cd".repeat(32) }],
    ["time", { time: "2026-03-01T12:00:00.001Z" }],
    ["text of the time", { time: "2026-03-01T12:00:00Z" }],
    ["actor", { actorId: "ar_1" }],
    ["signature", { signature: toBase64url(new Uint8Array(64)) }],
  ])("finds it bad when its %s is another", (_, change) => {
    expect(judge({}, { ...noon, ...change })).toBe("bad_signature");
  });

  it("finds it bad when another key has the id", () => {
    const { publicKey } = KeySigner.generate();
    expect(judge({ publicKey })).toBe("bad_signature");
  });

  it("counts it within the key's validity, both ends included", () => {
    expect(judge({ notBefore: "2026-03-01T12:00:00Z", notAfter: "2026-03-01T12:00:00Z" })).toBe(
      "valid",
    );
    expect(judge({ notBefore: "2026-03-01T12:00:00.001Z" })).toBe("outside_validity");
    expect(judge({ notAfter: "2026-03-01T11:59:59.999Z" })).toBe("outside_validity");
  });

  it("compares instants, not texts", () => {
    expect(judge({ notBefore: "2026-03-01T13:00:00+01:00" })).toBe("valid");
    expect(judge({ notBefore: "2026-03-01T11:30:00-01:00" })).toBe("outside_validity");
  });

  it.each([false, true])(
    "does not count what was signed from a revocation on (%s)",
    (compromised) => {
      const reason = "laptop";
      expect(judge({ revoked: { at: "2026-03-01T12:00:00.001Z", reason, compromised } })).toBe(
        "valid",
      );
      expect(judge({ revoked: { at: "2026-03-01T12:00:00Z", reason, compromised } })).toBe(
        "revoked",
      );
    },
  );

  it("lets a bound key sign for its actors alone, and nobody else for them", () => {
    const ada = KeySigner.generate({ keyId: "ada" });
    const trust = new TrustStore([
      key,
      { keyId: "ada", publicKey: ada.publicKey, actorIds: ["ar_ada", "ar_old"] },
    ]);
    const time = "2026-03-01T12:00:00.000Z";
    expect(trust.judge(headAt(time, { actorId: "ar_ada" }, ada))).toBe("valid");
    expect(trust.judge(headAt(time, { actorId: "ar_old" }, ada))).toBe("valid");
    expect(trust.judge(headAt(time, { actorId: "ar_bob" }, ada))).toBe("wrong_actor");
    expect(trust.judge(headAt(time, { actorId: null }, ada))).toBe("wrong_actor");
    expect(trust.judge(headAt(time, { actorId: "ar_ada" }))).toBe("wrong_actor");
    expect(trust.judge(headAt(time, { actorId: "ar_bob" }))).toBe("valid");
    expect(trust.judge(headAt(time, { actorId: null }))).toBe("valid");
  });

  it.each([
    ["an id twice", [key, key]],
    ["an instant that is none", [{ ...key, notAfter: "tomorrow" }]],
    [
      "a revocation without an instant",
      [{ ...key, revoked: { reason: "" } as TrustedKey["revoked"] }],
    ],
    ["a binding to nobody", [{ ...key, actorIds: [] }]],
  ])("refuses %s", (_, keys) => {
    expect(() => new TrustStore(keys)).toThrow(
      expect.toSatisfy((error) => isAbstractRuntimeError(error, "invalid_argument")),
    );
  });

  it.each([
    [
      "a private key",
      "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\n-----END PRIVATE KEY-----",
    ],
    ["a text that is no key", "hunter2"],
    ["bytes of another length", toBase64url(new Uint8Array(31))],
  ])("refuses %s as a public key, without quoting it", (_, publicKey) => {
    expect(() => new TrustStore([{ keyId: "k1", publicKey }])).toThrow(
      expect.toSatisfy(
        (error) =>
          isAbstractRuntimeError(error, "invalid_key") &&
          !error.message.includes("hunter2") &&
          !error.message.includes("MC4C"),
      ),
    );
  });
});

describe("trusted keys as JSON", () => {
  it("come back as they were written", () => {
    const full: TrustedKey = {
      keyId: "k1",
      publicKey: signer.publicKey,
      actorIds: ["ar_ada"],
      notBefore: "2026-01-01T00:00:00Z",
      notAfter: "2027-01-01T00:00:00Z",
      revoked: { at: "2026-06-01T00:00:00Z", reason: "lost", compromised: true },
    };
    const other = { keyId: "k2", publicKey: KeySigner.generate().publicKey };
    const written = encodeTrustedKeys(new TrustStore([full, other]).keys);
    const read = parseTrustedKeys(JSON.parse(JSON.stringify(written)), "keys.json");
    expect(read).toEqual([full, other]);
    expect(encodeTrustedKeys(new TrustStore(read).keys)).toEqual(written);
  });

  it("are refused with their place when they are something else", () => {
    expect(() => parseTrustedKeys({ keys: [{ key_id: "k1" }] }, "keys.json")).toThrow(
      "keys.json: keys[0].public_key: expected a string, found nothing",
    );
  });
});
