import { createHash } from "node:crypto";
import type { JsonObject } from "@abstractruntime/core/store";
import { describe, expect, it } from "vitest";
import { chainedRun } from "../../test/chained-run.ts";
import { readFixture } from "../../test/fixture.ts";
import { pythonChain } from "../../test/python-chain.ts";
import { encodeChainReport } from "./chain-report.ts";
import { verifyLedgerChain } from "./verify-ledger-chain.ts";

interface ChainCase {
  readonly file: string;
  readonly report: JsonObject;
}

const { cases } = JSON.parse(readFixture("chains.expected.json")) as {
  readonly cases: Readonly<Record<string, ChainCase>>;
};
const valid = readFixture("chains/valid.jsonl").trimEnd().split("\n");

/** What we see, and 0.2.0 does not. */
const better: Readonly<Record<string, JsonObject>> = {
  // It stops at a missing hash, and so never sees the rest.
  missing_hash_middle: { computed_head_hash: cases["valid"]?.report["head_hash"] ?? null },
};

/** A copy of lines with one of them changed. */
function changed(
  lines: readonly string[],
  index: number,
  change: (line: string) => string,
): readonly string[] {
  return lines.map((line, at) => (at === index ? change(line) : line));
}

describe("verifyLedgerChain, over 0.2.0's ledgers", () => {
  it.each(Object.keys(cases))("reports %s as 0.2.0 does, where that is right", (name) => {
    const { file, report } = cases[name] as ChainCase;
    const found = encodeChainReport(verifyLedgerChain(readFixture(file).split("\n")));
    expect(found).toEqual({
      ...report,
      ...better[name],
      basis: "text",
      chained_from: 0,
      harmless: [],
    });
  });

  it("reports an empty ledger as 0.2.0 does", () => {
    expect(encodeChainReport(verifyLedgerChain([]))).toMatchObject({
      ok: true,
      count: 0,
      errors: [],
      first_bad_index: null,
      head_hash: null,
      computed_head_hash: null,
    });
  });

  it("names the first of two edits when it is in record 0 (0.2.0 D20)", () => {
    const edit = (line: string): string => line.replace('"node_id": "', '"node_id": "x');
    const { errors, firstBadIndex } = verifyLedgerChain(changed(changed(valid, 0, edit), 2, edit));
    expect(errors.map(({ index, type }) => [index, type])).toEqual([
      [0, "record_hash_mismatch"],
      [2, "record_hash_mismatch"],
    ]);
    expect(firstBadIndex).toBe(0);
  });

  it("finds what was tampered with after a missing hash (0.2.0 D20)", () => {
    const bare = changed(valid, 2, (line) =>
      line.replace(/"record_hash": "\w+"/, '"record_hash": null'),
    );
    const edited = changed(bare, 5, (line) => line.replace('"node_id": "', '"node_id": "x'));
    expect(verifyLedgerChain(edited).errors.map(({ index, type }) => [index, type])).toEqual([
      [2, "missing_record_hash"],
      [5, "record_hash_mismatch"],
    ]);
  });

  it.each(["null", '""', "0", "false", "[]", "{}"])("takes the hash %s for none", (none) => {
    const lines = changed(valid, 8, (line) =>
      line.replace(/"record_hash": "\w+"/, `"record_hash": ${none}`),
    );
    const { errors, computedHeadHash } = verifyLedgerChain(lines);
    expect(errors).toEqual([{ index: 8, type: "missing_record_hash" }]);
    expect(computedHeadHash).toBe(cases["deleted_tail_1"]?.report["head_hash"]);
  });

  it("knows records whose keys were whole numbers when they were hashed (0.2.0 D22)", () => {
    const content = '{"effect":{"9":1,"10":2},"prev_hash":null,"run_id":"r"}';
    const hash = createHash("sha256").update(content).digest("hex");
    const line = `{"run_id": "r", "effect": {"10": 2, "9": 1}, "prev_hash": null, "record_hash": "${hash}"}`;
    const report = verifyLedgerChain([line]);
    expect(report.errors).toEqual([]);
    expect(report.harmless).toEqual([{ index: 0, type: "integer_keys" }]);
    expect(verifyLedgerChain([line.replace(": 2,", ": 3,")]).ok).toBe(false);
  });

  it("keeps apart numbers that JavaScript does not, and reads those that are no JSON", () => {
    const number = (text: string): string => `{"run_id": "r", "result": ${text}}`;
    const numbers = ["1", "1.0", "-0.0", "1e+16", "1e-05", "12345678901234567890", "NaN"];
    const lines = pythonChain(numbers.slice(0, -1).map(number));
    expect(verifyLedgerChain(lines)).toMatchObject({ ok: true, basis: "text", harmless: [] });
    const swapped = changed(lines, 1, (line) => line.replace("1.0", "1"));
    expect(verifyLedgerChain(swapped).firstBadIndex).toBe(1);
    const content = '{"prev_hash":null,"result":NaN}';
    const hash = createHash("sha256").update(content).digest("hex");
    expect(
      verifyLedgerChain([`{"result": NaN, "prev_hash": null, "record_hash": "${hash}"}`]).ok,
    ).toBe(true);
  });

  it("takes a value for changed when it is only written in another way", () => {
    const [line = ""] = pythonChain(['{"run_id": "r", "result": {"text": "\\u001f", "n": 1.0}}']);
    for (const other of ["\\u001F", '"n": 1e0', '"n": 1.00', '"n": 1.0, "n": 1.0']) {
      const from = other.startsWith("\\") ? "\\u001f" : '"n": 1.0';
      const { errors } = verifyLedgerChain([line.replace(from, other)]);
      expect(errors).toMatchObject([{ index: 0, type: "not_canonical" }]);
      expect(errors[0]).toHaveProperty("offset", line.indexOf(from) + differs(from, other));
    }
  });
});

/** Where two texts first differ. */
function differs(one: string, other: string): number {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  return at;
}

describe("verifyLedgerChain", () => {
  it("verifies what hashChain writes, from text and from records", async () => {
    const { texts, head } = await chainedRun();
    const report = verifyLedgerChain(texts);
    expect(report).toMatchObject({ ok: true, count: 5, headHash: head.headHash, basis: "text" });
    const parsed = verifyLedgerChain(texts.map((text) => JSON.parse(text) as JsonObject));
    expect(parsed).toEqual({ ...report, basis: "parsed" });
  });

  it("finds a link by its place, whatever nested values look like", async () => {
    const decoy = {
      record_hash: null,
      signature: "x",
      prev_hash: null,
      text: '","record_hash":"no","signature":"\\',
    };
    const { texts } = await chainedRun([[{ decoy }], [{ more: [decoy, JSON.stringify(decoy)] }]]);
    expect(verifyLedgerChain(texts)).toMatchObject({ ok: true, count: 3, harmless: [] });
    for (const [from, to] of [
      ['"signature":"x"', '"signature":"y"'],
      ['"record_hash":null', '"record_hash":true'],
    ] as const) {
      const edited = changed(texts, 1, (line) => line.replace(from, to));
      expect(verifyLedgerChain(edited).firstBadIndex).toBe(1);
    }
  });

  it("names white space as harmless, with its place", async () => {
    const { texts } = await chainedRun();
    const spaced = changed(texts, 2, (line) => line.replace(',"attempt"', ',  "attempt"'));
    expect(verifyLedgerChain(["", ...spaced, "", ""])).toMatchObject({
      ok: true,
      harmless: [
        { index: 0, type: "blank_line" },
        { index: 2, type: "white_space", offset: texts[2]?.indexOf('"attempt"') },
      ],
    });
    const python = changed(valid, 1, (line) => line.replace(", ", ",\t"));
    expect(verifyLedgerChain(python).harmless).toMatchObject([{ index: 1, type: "white_space" }]);
  });

  it("takes members in another order, or twice, for changed", async () => {
    const { texts } = await chainedRun();
    const swapped = changed(texts, 1, (line) =>
      line.replace(/("actor_id":[^,]*),("attempt":[^,]*),/, "$2,$1,"),
    );
    expect(verifyLedgerChain(swapped).errors).toMatchObject([{ index: 1, type: "not_canonical" }]);
    const moved = changed(texts, 1, (line) =>
      line.replace(/("record_hash":"\w+"),(.*)}$/, "$2,$1}"),
    );
    expect(verifyLedgerChain(moved).errors).toMatchObject([{ index: 1, type: "not_canonical" }]);
    const twice = changed(texts, 1, (line) => line.replace(/}$/, ',"signature":"forged"}'));
    expect(verifyLedgerChain(twice).errors).toMatchObject([{ index: 1, type: "not_canonical" }]);
  });

  it.each(["{", "[]", '"text"', "{} {}", '{"a":1}x', "\ud800", "{'a':1}"])(
    "goes on after %j, which is no record",
    (line) => {
      const report = verifyLedgerChain([...valid.slice(0, 3), line, ...valid.slice(3)]);
      expect(report.errors).toMatchObject([{ index: 3, type: "malformed_record" }]);
      expect(report.headHash).toBe(cases["valid"]?.report["head_hash"]);
    },
  );

  it("finds bytes that are no UTF-8, though they read as the same text", () => {
    const [line = ""] = pythonChain(['{"run_id": "r", "result": "\ufffd"}']);
    const bytes = new TextEncoder().encode(line);
    expect(verifyLedgerChain([bytes]).ok).toBe(true);
    bytes[bytes.indexOf(0xef)] = 0xf0;
    expect(new TextDecoder().decode(bytes)).toBe(line);
    expect(verifyLedgerChain([bytes]).errors).toMatchObject([
      { index: 0, type: "malformed_record", reason: "it is not UTF-8" },
    ]);
  });

  it("lets a ledger begin unchained where that is said, and says where the chain begins", async () => {
    const { texts } = await chainedRun();
    const unchained = ['{"run_id":"r"}', '{"run_id":"s"}'];
    const lines = [...unchained, ...texts];
    expect(verifyLedgerChain(lines, { mayBeginUnchained: true })).toMatchObject({
      ok: true,
      chainedFrom: 2,
    });
    expect(verifyLedgerChain(lines).errors.map(({ index, type }) => [index, type])).toEqual([
      [0, "missing_record_hash"],
      [1, "prev_hash_mismatch"],
      [1, "missing_record_hash"],
      [2, "prev_hash_mismatch"],
    ]);
  });

  it("does not take a beginning that lost its hashes for one that had none", async () => {
    const { texts } = await chainedRun();
    const bare = texts.map((line, index) =>
      index < 2 ? line.replace(/"(prev|record)_hash":"\w+"/g, '"$1_hash":null') : line,
    );
    const { errors } = verifyLedgerChain(bare, { mayBeginUnchained: true });
    expect(errors.map(({ index, type }) => [index, type])).toEqual([
      [0, "missing_record_hash"],
      [1, "missing_record_hash"],
      [2, "prev_hash_mismatch"],
    ]);
  });
});
