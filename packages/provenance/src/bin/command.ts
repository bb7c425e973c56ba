import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { isAbstractRuntimeError } from "@abstractruntime/core/store";
import { encodeEvidenceReport } from "../evidence/encode-report.ts";
import { explainEvidence } from "../evidence/explain-evidence.ts";
import { verifyEvidence } from "../evidence/verify-evidence.ts";
import { TrustStore } from "../keys/trust-store.ts";
import { parseTrustedKeys } from "../keys/trusted-keys-codec.ts";
import { FileWitness } from "../witness/file-witness.ts";

const usage = `Usage: abstractruntime-provenance verify FILE [--keys TRUSTED.json] [--witness HEADS.jsonl] [--json]

Says what a file of evidence proves about a run, and what not.

  --keys     public keys that you trust, from elsewhere than the file: { "keys": [{ "key_id", "public_key", … }] }
  --witness  the file of a witness, with the heads that it was told
  --json     the report as JSON

Exit code: 0 nothing contradicts; 1 something is not as it was, or is not signed by a key that you trust;
2 wrong usage, or a file that can't be read.`;

export interface Output {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** @returns the exit code: 0 ok, 1 tampered or not signed, 2 wrong usage or unreadable */
export async function runCommand(args: readonly string[], { out, err }: Output): Promise<number> {
  let asked: Asked | string;
  try {
    asked = readArgs(args);
  } catch (error) {
    asked = error instanceof Error ? error.message : String(error);
  }
  if (typeof asked === "string") {
    err(`${asked}\n\n${usage}`);
    return 2;
  }
  if (asked.help) {
    out(usage);
    return 0;
  }
  try {
    return await verify(asked, out);
  } catch (error) {
    err(reasonOf(error));
    return 2;
  }
}

interface Asked {
  readonly help: boolean;
  readonly file: string;
  readonly keys: string | undefined;
  readonly witness: string | undefined;
  readonly json: boolean;
}

/** @returns what is wrong with them, in words */
function readArgs(args: readonly string[]): Asked | string {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      keys: { type: "string" },
      witness: { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const [command, file = "", ...rest] = positionals;
  const { keys, witness, json, help } = values;
  if (!help && (command !== "verify" || file === "" || rest.length > 0))
    return "Say what to verify.";
  return { help, file, keys, witness, json };
}

async function verify(asked: Asked, out: Output["out"]): Promise<number> {
  const keys = asked.keys === undefined ? undefined : await readKeys(asked.keys);
  const witness =
    asked.witness === undefined
      ? undefined
      : await FileWitness.open(asked.witness, { readOnly: true });
  try {
    const report = await verifyEvidence(createReadStream(asked.file), { keys, witness });
    if (asked.json) out(JSON.stringify(encodeEvidenceReport(report), null, 2));
    else out(explainEvidence(report).join("\n"));
    return report.ok ? 0 : 1;
  } finally {
    await witness?.close();
  }
}

async function readKeys(path: string): Promise<TrustStore> {
  const text = await readFile(path, "utf8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new TypeError(`${path}: it is not JSON`);
  }
  return new TrustStore(parseTrustedKeys(value, path));
}

function reasonOf(error: unknown): string {
  if (isAbstractRuntimeError(error)) return error.message;
  const { code, path, message } = error as NodeJS.ErrnoException;
  return code === undefined ? message : `${path ?? "a file"}: it can't be read (${code})`;
}
