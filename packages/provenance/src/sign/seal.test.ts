import { createPublicKey, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { KeySigner } from "../keys/key-signer.ts";
import { toBase64url } from "./base64url.ts";
import { formatSeal, parseSeal, sealBytes, type SealStatement } from "./seal.ts";

const statement: SealStatement = {
  runId: "run-1",
  seq: 7,
  headHash: "ab".repeat(32),
  time: "2026-03-01T09:00:00.000Z",
  keyId: "k1",
  actorId: "ar_1",
};
const signature = toBase64url(new Uint8Array(64).fill(7));
const text = `seal/1 k1 2026-03-01T09:00:00.000Z ${signature}`;

describe("a seal", () => {
  it("signs a statement in canonical JSON, after a line that no other use of the key has", () => {
    expect(new TextDecoder().decode(sealBytes(statement))).toBe(
      `abstractruntime seal/1\n{"actor_id":"ar_1","head_hash":"${"ab".repeat(32)}","key_id":"k1","run_id":"run-1","seq":7,"time":"2026-03-01T09:00:00.000Z"}`,
    );
  });

  it("is verified with a public key from elsewhere, by nothing but Ed25519", () => {
    const signer = KeySigner.generate({ keyId: "k1" });
    const key = createPublicKey({
      key: { kty: "OKP", crv: "Ed25519", x: signer.publicKey },
      format: "jwk",
    });
    const bytes = sealBytes(statement);
    expect(verify(null, bytes, key, signer.sign(bytes))).toBe(true);
  });

  it("reads what it writes", () => {
    const seal = { keyId: "k1", time: statement.time, signature };
    expect(formatSeal(seal)).toBe(text);
    expect(parseSeal(text)).toEqual(seal);
  });

  it.each([
    ["another version", text.replace("seal/1", "seal/2")],
    ["a key id of other characters", text.replace("k1", "k\\1")],
    ["a time that is none", text.replace("2026-03-01T", "2026-13-01T")],
    ["a part too many", `${text} x`],
    ["a part too few", text.slice(0, text.lastIndexOf(" "))],
    ["two spaces", text.replace(" k1", "  k1")],
    ["a signature too short", text.slice(0, -2)],
    ["padding", `${text}==`],
    // The last of 86 digits holds two bits of the signature and four of nothing.
    ["another text of the same bytes", `${text.slice(0, -1)}x`],
    ["the other alphabet of base64", text.replace(/.$/, "/")],
    ["nothing", ""],
  ])("is not %s", (_, other) => {
    expect(other).not.toBe(text);
    expect(parseSeal(other)).toBeUndefined();
  });
});
