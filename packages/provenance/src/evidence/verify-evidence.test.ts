import { generateKeyPairSync } from "node:crypto";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { isAbstractRuntimeError } from "@abstractruntime/core";
import { rewritten } from "../../test/support/chained-ledger.ts";
import { evidenceWorld, fileOf } from "../../test/support/evidence-world.ts";
import { KeySigner } from "../keys/key-signer.ts";
import { verifyEvidence, type VerifyOptions } from "./verify-evidence.ts";

const verify = (lines: readonly string[], options?: VerifyOptions) =>
  verifyEvidence(fileOf(lines), options);

describe("a file of evidence", () => {
  it("shows that a run is as it was, to somebody with the public keys", async () => {
    const { lines, keys } = await evidenceWorld();
    const file = await lines();
    const report = await verify(file, { keys });
    expect(report).toMatchObject({
      ok: true,
      keyBasis: "trusted",
      fileProblems: [],
      firstBadLine: null,
    });
    const [run] = report.runs;
    const records = file.length - 4; // header, run, artifact, end
    expect(run).toMatchObject({ ok: true, missingSeal: null, witness: null, firstBad: null });
    expect(run?.run).toMatchObject({ runId: "run-1", workflowId: "agent", status: "completed" });
    expect(run?.ledger.chain.count).toBe(records);
    expect(run?.signatures.sealedCount).toBe(records);
    expect(run?.artifacts).toMatchObject([{ contentType: "text/plain", isNamed: true }]);
  });

  it("holds the ledger's lines exactly as they are stored", async () => {
    const { lines, store } = await evidenceWorld();
    const texts = await store.recordTexts("run-1");
    expect((await lines()).slice(2, 2 + texts.length)).toEqual(texts);
  });

  it("holds no private key, and no report does", async () => {
    const { privateKey } = generateKeyPairSync("ed25519");
    const { d = "" } = privateKey.export({ format: "jwk" });
    const { lines, keys } = await evidenceWorld({ signers: new KeySigner(privateKey) });
    const file = await lines({ keys });
    const all = fileOf(file)[0] + inspect(await verify(file), { depth: 20, showHidden: true });
    const bytes = Buffer.from(d, "base64url");
    for (const secret of [d, bytes.toString("hex"), bytes.toString("base64")])
      expect(all).not.toContain(secret);
  });

  it("holds the runs below the run, if asked to", async () => {
    const { lines, keys } = await evidenceWorld();
    const report = await verify(await lines({ descendants: true, keys }), { keys });
    expect(report.ok).toBe(true);
    expect(report.runs.map(({ run }) => run.workflowId)).toEqual(["agent", "lookup"]);
  });

  it("reads the same in pieces of any size", async () => {
    const { lines, keys } = await evidenceWorld();
    const file = (await lines({ descendants: true, keys })).map((line) => `${line}\n`).join("");
    const bytes = new TextEncoder().encode(file);
    const bit = Array.from(bytes, (byte) => Uint8Array.of(byte));
    expect(await verifyEvidence(bit, { keys })).toEqual(await verifyEvidence([file], { keys }));
  });

  it("proves less with the keys that came with it, and says so", async () => {
    const { lines, keys } = await evidenceWorld();
    const withKeys = await verify(await lines({ keys }));
    expect(withKeys).toMatchObject({ ok: true, keyBasis: "file" });
    const without = await verify(await lines());
    expect(without).toMatchObject({ ok: true, keyBasis: "none" });
  });

  it("is not taken for proof by somebody who trusts another key", async () => {
    const { lines, keys } = await evidenceWorld();
    const other = { keyId: "agent-2026", publicKey: KeySigner.generate().publicKey };
    const report = await verify(await lines({ keys }), { keys: [other] });
    expect(report).toMatchObject({ ok: false, keyBasis: "trusted" });
    expect(report.runs[0]?.missingSeal).toBe("any");
    expect((await verify(await lines({ keys }), { keys: [] })).ok).toBe(false);
  });

  it("is not taken for proof when its seals were taken away", async () => {
    const { lines, keys } = await evidenceWorld();
    const file = await lines();
    const bare = file.map((line) =>
      line.includes("seal/1") ? rewritten(line, (record) => (record["signature"] = null)) : line,
    );
    expect((await verify(bare, { keys })).runs[0]?.missingSeal).toBe("any");
    const last = file.findLastIndex((line) => line.includes("seal/1"));
    const endless = file.map((line, index) => (index === last ? (bare[index] ?? "") : line));
    const report = await verify(endless, { keys });
    expect(report.runs[0]).toMatchObject({ ok: false, missingSeal: "end" });
  });

  it("does not hide a history that was written and signed anew from a witness", async () => {
    const { witness, keys, lines, signer } = await evidenceWorld();
    expect((await verify(await lines(), { keys, witness })).runs[0]?.witness).toMatchObject({
      ok: true,
    });
    const forged = await evidenceWorld({ signers: signer });
    const file = await forged.lines();
    expect((await verify(file, { keys })).ok).toBe(true);
    const report = await verify(file, { keys, witness });
    expect(report.ok).toBe(false);
    expect(report.runs[0]?.witness?.contradictions[0]).toMatchObject({ type: "different" });
  });

  it.each([
    ["nothing", []],
    ["another file", ["hello"]],
    ["another file of JSON", ['{"format":"abstractruntime-bundle","version":1}']],
    ["another version", ['{"@":"abstractruntime-evidence","version":2}']],
  ])("is not %s", async (_, lines) => {
    await expect(verify(lines)).rejects.toThrow(
      expect.toSatisfy((error) => isAbstractRuntimeError(error, "evidence_invalid")),
    );
  });

  it("is not read beyond the longest line that is allowed", async () => {
    const { lines } = await evidenceWorld();
    await expect(
      verifyEvidence(fileOf(await lines()), { maxLineBytes: 100 }),
    ).resolves.toBeDefined();
    const pieces = ["x".repeat(60), "x".repeat(60)];
    await expect(verifyEvidence(pieces, { maxLineBytes: 100 })).rejects.toThrow(/longer than 100/);
  });
});

/** Where each part of the file of `evidenceWorld` stands, from 0. */
const [headerAt, runAt, recordsAt] = [0, 1, 2];

describe("a file that was changed", () => {
  const changes: readonly (readonly [string, (lines: string[]) => void, number | null])[] = [
    ["a record's content", (l) => edit(l, 4, (r) => (r["node_id"] = "elsewhere")), 5],
    ["a record's actor", (l) => edit(l, 4, (r) => (r["actor_id"] = "ar_other")), 5],
    ["a record without white space", (l) => (l[4] = (l[4] ?? "").replace(",", ", ")), null],
    ["a record that is missing", (l) => void l.splice(5, 1), 6],
    ["two records in another order", (l) => void l.splice(5, 2, l[6] ?? "", l[5] ?? ""), 6],
    ["a record twice", (l) => void l.splice(5, 0, l[5] ?? ""), 7],
    ["a record's seal of elsewhere", (l) => moveSeal(l), null],
    ["no records at all", (l) => void l.splice(recordsAt, count(l)), 3],
    ["records without their end", (l) => void l.splice(recordsAt + count(l) - 2, 2), null],
    ["a line that is nothing", (l) => void l.splice(5, 0, "nonsense"), 6],
    ["a byte that is no UTF-8", (l) => (l[5] = `\uFFFD${l[5]}`), 6],
    ["another status", (l) => own(l, runAt, "status", "failed"), 2],
    ["another workflow", (l) => own(l, runAt, "workflow_id", "other"), 2],
    ["another graph", (l) => own(l, runAt, "graph_hash", "ab".repeat(32)), 2],
    ["another parent", (l) => own(l, runAt, "parent_run_id", "run-0"), 2],
    ["another number of records", (l) => own(l, runAt, "seq", 3), 5],
    ["another head", (l) => own(l, runAt, "ledger_head", "ab".repeat(32)), null],
    ["another run", (l) => own(l, runAt, "run_id", "run-2"), 2],
    [
      "another time of export",
      (l) => own(l, headerAt, "exported_at", "2020-01-01T00:00:00Z"),
      null,
    ],
    ["another number of runs", (l) => own(l, headerAt, "runs", 2), null],
    ["another artifact", (l) => own(l, l.length - 2, "sha256", "ab".repeat(32)), -2],
    ["an artifact less", (l) => void l.splice(-2, 1), null],
    ["no end", (l) => void l.pop(), -1],
    ["something after its end", (l) => void l.push("more"), 0],
    ["another end", (l) => own(l, l.length - 1, "records", 1), null],
  ];

  it.each(changes)("is found: %s", async (_, change, line) => {
    const { lines, keys } = await evidenceWorld();
    const file = [...(await lines())];
    const { length } = file;
    change(file);
    const report = await verify(file, { keys });
    expect(report.ok).toBe(false);
    // From the end of the file where it is not from its beginning.
    const wanted = line === null || line > 0 ? line : length + line + 1;
    expect(report.firstBadLine).toBe(wanted ?? report.firstBadLine);
  });

  it("is found whichever byte it is", async () => {
    const { lines, keys } = await evidenceWorld();
    const file = new TextEncoder().encode(fileOf(await lines({ keys }))[0]);
    const lineAt = (at: number): number =>
      file.subarray(0, at).filter((byte) => byte === 10).length + 1;
    const headerEnd = file.indexOf(10);
    const recordLines = (await lines({ keys })).flatMap((line, index) =>
      line.startsWith('{"@"') ? [] : [index + 1],
    );
    const missed: unknown[] = [];
    // Steps of 29 meet every kind of byte of every line.
    for (let at = 0; at < file.length - 1; at += 29) {
      const changed = file.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      const found = await firstFault(changed, keys);
      const isInRecord = file[at] !== 10 && recordLines.includes(lineAt(at));
      const isFound = isInRecord ? found === lineAt(at) : found !== "none";
      if (!isFound || (found === "evidence_invalid" && at > headerEnd)) missed.push({ at, found });
    }
    expect(missed).toEqual([]);
  });
});

/** The line of the first fault; `some` where it has no line; the code where the file is refused. */
async function firstFault(file: Uint8Array, keys: VerifyOptions["keys"]): Promise<number | string> {
  try {
    const { ok, firstBadLine } = await verifyEvidence([file], { keys });
    return ok ? "none" : (firstBadLine ?? "some");
  } catch (error) {
    if (isAbstractRuntimeError(error)) return error.code;
    throw error;
  }
}

function count(lines: readonly string[]): number {
  return lines.filter((line) => !line.startsWith('{"@"')).length;
}

function edit(
  lines: string[],
  at: number,
  change: (record: Record<string, unknown>) => void,
): void {
  lines[at] = rewritten(lines[at] ?? "", change);
}

function own(lines: string[], at: number, key: string, value: unknown): void {
  edit(lines, at, (line) => (line[key] = value));
}

/** The first seal stands at the second sealed record, too. */
function moveSeal(lines: string[]): void {
  const [one = 0, other = 0] = lines.flatMap((line, index) =>
    line.includes("seal/1") ? [index] : [],
  );
  const { signature } = JSON.parse(lines[one] ?? "") as { signature: string };
  edit(lines, other, (record) => (record["signature"] = signature));
}
