import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rewritten } from "../../test/support/chained-ledger.ts";
import { evidenceWorld, fileOf } from "../../test/support/evidence-world.ts";
import { KeySigner } from "../keys/key-signer.ts";
import { TrustStore } from "../keys/trust-store.ts";
import { encodeTrustedKeys } from "../keys/trusted-keys-codec.ts";
import { encodeHead } from "../witness/head-codec.ts";
import { runCommand } from "./command.ts";

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

let folder: string;
const at = (name: string) => join(folder, name);

/** The command as a process of its own, in the folder with the files. */
function run(...args: readonly string[]): Promise<Ended> {
  const main = join(import.meta.dirname, "main.ts");
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], { cwd: folder }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    );
  });
}

/** The same without a process. */
async function runHere(...args: readonly string[]): Promise<Ended> {
  const [out, err]: [string[], string[]] = [[], []];
  const code = await runCommand(args, {
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
  });
  return { code, out: out.join("\n"), err: err.join("\n") };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "evidence-"));
  const world = await evidenceWorld();
  const file = await world.lines({ keys: world.keys });
  const changed = file.with(
    7,
    rewritten(file[7] ?? "", (record) => (record["result"] = "yes")),
  );
  const forged = await (await evidenceWorld({ signers: world.signer })).lines();
  const other = new TrustStore([
    { keyId: "agent-2026", publicKey: KeySigner.generate().publicKey },
  ]);
  const stranger = new TrustStore([
    { keyId: "stranger", publicKey: KeySigner.generate().publicKey },
  ]);
  const files = {
    "run.jsonl": fileOf(file)[0],
    "changed.jsonl": fileOf(changed)[0],
    "cut.jsonl": fileOf(file.slice(0, -5))[0],
    "forged.jsonl": fileOf(forged)[0],
    "stranger.json": JSON.stringify(encodeTrustedKeys(stranger.keys)),
    "trusted.json": JSON.stringify(encodeTrustedKeys(new TrustStore(world.keys).keys)),
    "other.json": JSON.stringify(encodeTrustedKeys(other.keys)),
    "heads.jsonl": fileOf(world.witness.heads.map((head) => JSON.stringify(encodeHead(head))))[0],
    "no.json": "no",
    "none.json": "{}",
  };
  for (const [name, text] of Object.entries(files)) await writeFile(at(name), text);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("abstractruntime-provenance verify", () => {
  it("says what is proven when nothing contradicts and the key is trusted", async () => {
    const { code, out } = await run(
      "verify",
      "run.jsonl",
      "--keys",
      "trusted.json",
      "--witness",
      "heads.jsonl",
    );
    expect(out).toMatch(/^OK: nothing contradicts, and keys that you trust have signed$/m);
    expect(out).toMatch(/proven +records 1 to \d+ follow each other, each as it was hashed$/m);
    expect(out).toMatch(
      /proven +records 1 to \d+ are as they were when key agent-2026 signed at 20/m,
    );
    expect(out).toMatch(/proven +records 1 to \d+ are as they were when the witness was told/m);
    expect(out).not.toContain("WRONG");
    expect(code).toBe(0);
  });

  it("says that keys in the file itself prove nothing about who", async () => {
    const { code, out } = await run("verify", "run.jsonl");
    expect(out).toContain("no key that you trust has signed");
    expect(out).toContain(
      "that key came with the file: compare it with one that you have from elsewhere",
    );
    expect(out).toContain("no witness was asked");
    expect(code).toBe(0);
  });

  it("says which record was changed, and up to which all is as it was", async () => {
    const { code, out } = await run("verify", "changed.jsonl", "--keys", "trusted.json");
    expect(out).toMatch(/^NOT AS IT WAS: the first fault is at line 8 of the file$/m);
    // Header, key and run stand before it.
    expect(out).toMatch(/WRONG +record 5 was changed: its content is not what was hashed$/m);
    expect(out).toMatch(/proven +records 1 to 4 follow each other/m);
    expect(code).toBe(1);
  });

  it("says that records are missing", async () => {
    const { code, out } = await run("verify", "cut.jsonl", "--keys", "trusted.json");
    expect(out).toMatch(/WRONG +the last \d records are missing, from record \d on$/m);
    expect(out).toContain("the file ends too early");
    expect(code).toBe(1);
  });

  it("does not take another key's signature for the one that is trusted", async () => {
    const { code, out } = await run("verify", "run.jsonl", "--keys", "other.json");
    expect(out).toMatch(/WRONG +no key that you trust has signed any of it$/m);
    expect(code).toBe(1);
  });

  it("tells what is not signed by a trusted key from what was changed", async () => {
    const { code, out } = await runHere("verify", at("run.jsonl"), "--keys", at("stranger.json"));
    expect(out).toMatch(/^NOT PROVEN: nothing was changed/m);
    expect(out).toContain("is by a key that is not among the trusted ones");
    expect(code).toBe(1);
  });

  it("finds with a witness what an operator with all keys wrote anew", async () => {
    const alone = await run("verify", "forged.jsonl", "--keys", "trusted.json");
    expect(alone.code).toBe(0);
    expect(alone.out).toContain(
      "whoever holds the keys could have written and signed another history",
    );
    const { code, out } = await run(
      "verify",
      "forged.jsonl",
      "--keys",
      "trusted.json",
      "--witness",
      "heads.jsonl",
    );
    expect(out).toMatch(/WRONG +the witness has seen another record/m);
    expect(code).toBe(1);
  });

  it("gives the report as JSON", async () => {
    const good = await run("verify", "run.jsonl", "--keys", "trusted.json", "--json");
    expect(JSON.parse(good.out)).toMatchObject({
      ok: true,
      key_basis: "trusted",
      header: { root_run_id: "run-1" },
      runs: [{ run: { run_id: "run-1" }, missing_seal: null, signatures: { unsealed_count: 0 } }],
    });
    const bad = await run("verify", "changed.jsonl", "--json");
    expect(JSON.parse(bad.out)).toMatchObject({
      ok: false,
      first_bad_line: 8,
      runs: [{ first_bad: { index: 4, line: 8 }, ledger: { chain: { first_bad_index: 4 } } }],
    });
    expect([good.code, bad.code]).toEqual([0, 1]);
  });

  it.each([
    ["nothing", []],
    ["no file", ["verify"]],
    ["another command", ["check", "run.jsonl"]],
    ["two files", ["verify", "run.jsonl", "run.jsonl"]],
    ["an unknown option", ["verify", "run.jsonl", "--key", "trusted.json"]],
  ])("shows how it is used when it is given %s", async (_, args) => {
    const { code, out, err } = await runHere(...args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("Usage: abstractruntime-provenance verify FILE");
  });

  it("ends with 2, as a process too, when it is used wrongly or can't read a file", async () => {
    const [used, read] = await Promise.all([run("check"), run("verify", "gone.jsonl")]);
    expect(used).toMatchObject({ code: 2, out: "", err: expect.stringContaining("Usage:") });
    expect(read).toEqual({ code: 2, out: "", err: "gone.jsonl: it can't be read (ENOENT)\n" });
  });

  it("shows how it is used when asked", async () => {
    const { code, out } = await runHere("--help");
    expect(out).toContain("Exit code: 0");
    expect(code).toBe(0);
  });

  it.each([
    ["a file that is not there", ["gone.jsonl"], "gone.jsonl: it can't be read (ENOENT)"],
    ["a folder", ["."], "EISDIR"],
    ["a file that is no evidence", ["no.json"], "it is no evidence"],
    ["keys that are not there", ["run.jsonl", "--keys", "gone.json"], "gone.json"],
    ["keys that are no JSON", ["run.jsonl", "--keys", "no.json"], "no.json: it is not JSON"],
    [
      "keys that are none",
      ["run.jsonl", "--keys", "none.json"],
      "none.json: keys: expected a list",
    ],
    ["a witness that is not there", ["run.jsonl", "--witness", "gone.jsonl"], "gone.jsonl"],
  ])("ends with 2 when it is given %s", async (_, args, words) => {
    const { code, out, err } = await runHere(
      "verify",
      ...args.map((arg) => (arg.startsWith("--") ? arg : at(arg))),
    );
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(words);
  });
});
