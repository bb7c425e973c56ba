import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { newRun } from "@abstractruntime/testkit/conformance";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PostgresStore, type PostgresStoreOptions } from "../src/index.ts";
import { newCertificate } from "./certificate.ts";
import { ask } from "./database.ts";
import { type OwnPostgres, startPostgres } from "./embedded-postgres.ts";

const own = newCertificate("127.0.0.1");
const stranger = newCertificate("127.0.0.1");
const { certificate: ca } = own;

let server: OwnPostgres;
let dir: string;
/** A role that the server lets in by TLS alone. */
let url: URL;

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "tls-"));
  writeFileSync(join(dir, "ca.pem"), ca);
  writeFileSync(join(dir, "stranger.pem"), stranger.certificate);
  server = await startPostgres({
    settings: ["ssl=on", "ssl_cert_file=own.crt", "ssl_key_file=own.key"],
    files: { "own.crt": own.certificate, "own.key": own.key },
    hba: ["hostssl all guarded 127.0.0.1/32 trust", "hostnossl all guarded 127.0.0.1/32 reject"],
  });
  await ask(server.url, "create role guarded login");
  await ask(server.url, "grant create on database postgres to guarded");
  url = new URL(server.url);
  url.username = "guarded";
});
afterAll(async () => {
  await server.stop();
  rmSync(dir, { recursive: true });
});

function open(
  parameters: Readonly<Record<string, string>>,
  ssl?: PostgresStoreOptions["ssl"],
): Promise<PostgresStore> {
  const given = new URL(url);
  for (const [name, value] of Object.entries(parameters)) given.searchParams.set(name, value);
  return PostgresStore.open({ connectionString: given.href, ...(ssl !== undefined && { ssl }) });
}

const inDir = (name: string): string => join(dir, name);

describe("TLS", () => {
  it.each([
    ["ssl with the server's CA", {}, { ca }],
    ["ssl that checks nothing", {}, { rejectUnauthorized: false }],
    ["sslmode=no-verify", { sslmode: "no-verify" }, undefined],
    [
      "sslmode=verify-full and sslrootcert",
      { sslmode: "verify-full", sslrootcert: "ca.pem" },
      undefined,
    ],
    [
      "ssl with the server's CA, and a sslmode that knows of none",
      { sslmode: "verify-full" },
      { ca },
    ],
  ])("is spoken with %s", async (_what, parameters, ssl) => {
    await using store = await open(withFiles(parameters), ssl);
    const { stored } = await store.create(newRun());
    expect((await store.load(stored.run.runId))?.run.revision).toBe(1);
  });

  it.each([
    ["a CA that is not the server's", {}, { ca: stranger.certificate }, /certificate/],
    [
      "sslrootcert of a CA that is not the server's",
      { sslmode: "verify-full", sslrootcert: "stranger.pem" },
      undefined,
      /certificate/,
    ],
    ["no CA, and none that this machine knows", {}, true, /certificate/],
    ["sslmode=verify-full without a CA", { sslmode: "verify-full" }, undefined, /certificate/],
    [
      "another host than the certificate's",
      { host: "localhost" },
      { ca },
      /does not match certificate/,
    ],
    ["no TLS where the server wants it", {}, undefined, /may not log in/],
    [
      "sslmode=disable where the server wants TLS",
      { sslmode: "disable" },
      undefined,
      /may not log in/,
    ],
  ])("is refused with what to do: %s", async (_what, parameters, ssl, message) => {
    const opening = open(withFiles(parameters), ssl);
    const refusal = { code: "invalid_argument", message: expect.stringMatching(message) };
    await expect(opening).rejects.toMatchObject(refusal);
  });
});

function withFiles(parameters: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { sslrootcert } = parameters;
  return sslrootcert === undefined
    ? parameters
    : { ...parameters, sslrootcert: inDir(sslrootcert) };
}
