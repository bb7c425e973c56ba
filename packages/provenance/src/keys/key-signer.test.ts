import { generateKeyPairSync } from "node:crypto";
import { inspect } from "node:util";
import { consoleLogger } from "@abstractruntime/core";
import { isAbstractRuntimeError } from "@abstractruntime/core/store";
import { describe, expect, it, vi } from "vitest";
import { KeySigner } from "./key-signer.ts";

const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const { d: secret = "", x: shown = "" } = privateKey.export({ format: "jwk" });

/** Every form in which the private half could show up. */
const secrets = [
  secret,
  Buffer.from(secret, "base64url").toString("hex"),
  Buffer.from(secret, "base64url").toString("base64"),
  pem.split("\n")[1] ?? "",
];

function expectNoKeyIn(text: string): void {
  for (const one of secrets) expect(text).not.toContain(one);
}

describe("KeySigner", () => {
  it("knows what to look for in the tests below", () => {
    expect(secrets.every((one) => one.length > 40)).toBe(true);
    expect(JSON.stringify({ pem })).toContain(secrets[3]);
  });

  it("names a key by its public half, and the caller may name it otherwise", () => {
    expect(new KeySigner(privateKey).keyId).toMatch(/^ed25519:[0-9a-f]{32}$/);
    expect(new KeySigner(pem).keyId).toBe(new KeySigner(privateKey).keyId);
    expect(new KeySigner(privateKey, { keyId: "mine" }).keyId).toBe("mine");
    expect(new KeySigner(privateKey).publicKey).toBe(shown);
  });

  it.each([
    ["JSON", (signer: KeySigner) => JSON.stringify({ signer })],
    ["util.inspect", (signer: KeySigner) => inspect(signer)],
    [
      "util.inspect with everything hidden shown",
      (signer: KeySigner) =>
        inspect({ signer }, { showHidden: true, depth: 20, customInspect: false }),
    ],
    [
      "its own keys",
      (signer: KeySigner) =>
        Reflect.ownKeys(signer)
          .map((key) => inspect(Reflect.get(signer, key)))
          .join(),
    ],
    ["a structured clone", (signer: KeySigner) => JSON.stringify(structuredClone(signer))],
  ])("does not show its private half in %s", (_, show) => {
    const signer = new KeySigner(privateKey, { keyId: "k1", actorId: "ar_1" });
    const text = show(signer);
    expect(text).toContain("k1");
    expectNoKeyIn(text);
  });

  it("shows who it is", () => {
    const signer = new KeySigner(privateKey, { keyId: "k1", actorId: "ar_1" });
    expect(JSON.parse(JSON.stringify(signer))).toEqual({
      keyId: "k1",
      actorId: "ar_1",
      algorithm: "ed25519",
      publicKey: shown,
    });
    expect(inspect(signer)).toContain("keyId: 'k1'");
  });

  it("does not show its private half in a log", () => {
    const lines: string[] = [];
    const write = (...parts: readonly unknown[]): void => {
      lines.push(parts.map((part) => inspect(part, { depth: 20 })).join(" "));
    };
    for (const method of ["debug", "info", "warn", "error", "log"] as const)
      vi.spyOn(console, method).mockImplementation(write);
    consoleLogger.error("signer.failed", { signer: new KeySigner(privateKey) });
    vi.restoreAllMocks();
    expect(lines.join()).toContain("signer.failed");
    expectNoKeyIn(lines.join());
  });

  it.each([
    [
      "a text that is no key",
      `-----BEGIN PRIVATE KEY-----\n${secrets[3]?.slice(0, 56)}\n-----END PRIVATE KEY-----`,
    ],
    ["a public key", publicKey],
    ["a public key as text", publicKey.export({ type: "spki", format: "pem" }).toString()],
    ["an RSA key", generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey],
    ["an encrypted key without its passphrase", encrypted("open sesame")],
    ["nothing", undefined as unknown as string],
  ])("refuses %s, and says nothing of it", (_, source) => {
    const error = thrownBy(() => new KeySigner(source));
    expect(isAbstractRuntimeError(error, "invalid_key")).toBe(true);
    expectNoKeyIn(inspect(error, { depth: 20, showHidden: true }));
  });

  it("reads an encrypted key with its passphrase, and does not keep or tell it", () => {
    const signer = new KeySigner(encrypted("open sesame"), { passphrase: "open sesame" });
    expect(signer.publicKey).toBe(shown);
    expect(inspect(signer, { showHidden: true, customInspect: false })).not.toContain("sesame");
    const error = thrownBy(() => new KeySigner(encrypted("open sesame"), { passphrase: "barley" }));
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain("barley");
  });

  it("refuses a key id that can't stand in a seal", () => {
    for (const keyId of ["", "two words", "a\nb", 'a"b', "x".repeat(201)])
      expect(() => KeySigner.generate({ keyId })).toThrow(
        expect.toSatisfy((error) => isAbstractRuntimeError(error, "invalid_id")),
      );
  });
});

function encrypted(passphrase: string): string {
  return privateKey
    .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase })
    .toString();
}

function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}
