import { type Abortable, type Fields, isAbstractRuntimeError } from "@abstractruntime/core/store";
import { readTrustedKey } from "../keys/trusted-keys-codec.ts";
import { TrustStore } from "../keys/trust-store.ts";
import type { TrustedKey } from "../keys/trusted-key.ts";
import type { Witness } from "../witness/witness.ts";
import {
  endLine,
  type EvidenceHeader,
  invalid,
  isOwnLine,
  noCounts,
  ownFields,
  readArtifactLine,
  readHeader,
  readRunLine,
} from "./evidence-lines.ts";
import { type FileLine, readLines } from "./evidence-reader.ts";
import type { EvidenceReport, FileProblem, KeyBasis, RunEvidence } from "./evidence-report.ts";
import { RunCheck } from "./run-check.ts";

export interface VerifyOptions extends Abortable {
  /** From somewhere else than the file. Without them those of the file are taken, which prove less: see `keyBasis`. */
  readonly keys?: TrustStore | Iterable<TrustedKey> | undefined;
  /** Asked for the heads that it has of each run. */
  readonly witness?: Pick<Witness, "list"> | undefined;
  /** The longest line that is read, in bytes; 64 MiB by default. */
  readonly maxLineBytes?: number | undefined;
}

/**
 * Look what a file of evidence shows. It is read line by line and goes on after faults; no store and no runtime is needed.
 *
 * @param source the file's content, in pieces of any size
 * @throws evidence_invalid it is no evidence, or of another version; value_too_large; what the source and the witness throw
 */
export async function verifyEvidence(
  source: AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>,
  { keys, witness, maxLineBytes = 64 * 1024 * 1024, signal }: VerifyOptions = {},
): Promise<EvidenceReport> {
  const trusted = keys === undefined || keys instanceof TrustStore ? keys : new TrustStore(keys);
  let check: EvidenceCheck | undefined;
  for await (const line of readLines(source, maxLineBytes)) {
    signal?.throwIfAborted();
    if (check === undefined) check = new EvidenceCheck(readHeader(line.text), trusted, witness);
    else await check.add(line);
  }
  if (check === undefined) throw invalid("it is empty");
  return check.end();
}

/** Follows a file of evidence from line to line. */
class EvidenceCheck {
  readonly #header: EvidenceHeader;
  readonly #trusted: TrustStore | undefined;
  readonly #witness: Pick<Witness, "list"> | undefined;
  readonly #fileKeys: TrustedKey[] = [];
  readonly #counts = noCounts();
  readonly #runs: RunEvidence[] = [];
  readonly #problems: FileProblem[] = [];
  #current: RunCheck | null = null;
  #isOver = false;
  #line = 1;

  constructor(
    header: EvidenceHeader,
    trusted: TrustStore | undefined,
    witness: Pick<Witness, "list"> | undefined,
  ) {
    this.#header = header;
    this.#trusted = trusted;
    this.#witness = witness;
  }

  async add(line: FileLine): Promise<void> {
    this.#line = line.number;
    if (this.#isOver) return this.#note("unreadable_line", "it comes after the end");
    if (!isOwnLine(line.text)) return this.#addRecord(line);
    try {
      await this.#addOwn(line);
    } catch (error) {
      if (!isAbstractRuntimeError(error)) throw error;
      this.#note("unreadable_line", error.message);
    }
  }

  async end(): Promise<EvidenceReport> {
    await this.#endRun();
    if (!this.#isOver) {
      this.#line += 1;
      this.#note("cut_off", "the file ends too early");
    }
    const [runs, problems] = [this.#runs, this.#problems];
    const lines = [
      ...problems.filter(({ type }) => type !== "not_as_exported").map(({ line }) => line),
      ...runs.flatMap(({ firstBad }) => (firstBad === null ? [] : [firstBad.line])),
    ];
    return {
      ok: problems.length === 0 && runs.every(({ ok }) => ok),
      header: this.#header,
      keyBasis: this.#keyBasis,
      runs,
      fileProblems: problems,
      firstBadLine: lines.length === 0 ? null : lines.reduce((one, other) => Math.min(one, other)),
    };
  }

  get #keyBasis(): KeyBasis {
    if (this.#trusted !== undefined) return "trusted";
    return this.#fileKeys.length > 0 ? "file" : "none";
  }

  #addRecord(line: FileLine): void {
    if (this.#current === null) return this.#note("unreadable_line", "it belongs to no run");
    if (line.text.trim() !== "") this.#counts.records += 1;
    this.#current.addRecord(line);
  }

  async #addOwn(line: FileLine): Promise<void> {
    const fields = ownFields(line.text, line.number);
    switch (fields.text("@")) {
      case "key":
        this.#counts.keys += 1;
        return this.#addKey(readTrustedKey(fields.inner("key")));
      case "run":
        this.#counts.runs += 1;
        return this.#beginRun(fields, line.number);
      case "artifact":
        this.#counts.artifacts += 1;
        if (this.#current === null) return this.#note("unreadable_line", "it belongs to no run");
        return this.#current.addArtifact(readArtifactLine(fields), line.number);
      case "end":
        this.#isOver = true;
        return this.#checkEnd(line);
      default:
        return this.#note("unreadable_line", "nobody knows what it is");
    }
  }

  #addKey(key: TrustedKey): void {
    // To look at it here tells which line is wrong.
    const { keys } = new TrustStore([...this.#fileKeys, key]);
    this.#fileKeys.push(keys.at(-1) ?? key);
  }

  async #beginRun(fields: Fields, line: number): Promise<void> {
    await this.#endRun();
    const run = readRunLine(fields);
    const isFirst = this.#runs.length === 0;
    const ids = new Set(this.#runs.map((one) => one.run.runId));
    if (isFirst ? run.runId !== this.#header.rootRunId : !ids.has(run.parentRunId ?? ""))
      this.#note("facts_differ", `run ${run.runId} is not among what was asked for`);
    const trust = this.#trusted ?? new TrustStore(this.#fileKeys);
    const options = { trust, keyBasis: this.#keyBasis, witness: this.#witness };
    this.#current = new RunCheck(run, line, options);
  }

  async #endRun(): Promise<void> {
    if (this.#current === null) return;
    const { evidence, problems } = await this.#current.end();
    this.#runs.push(evidence);
    this.#problems.push(...problems);
    this.#current = null;
  }

  #checkEnd({ text, digestBefore }: FileLine): void {
    const isSame = text === endLine(this.#counts, digestBefore());
    if (!isSame || this.#counts.runs !== this.#header.runs)
      this.#note("not_as_exported", "the file is not as it was exported: its digest is another");
  }

  #note(type: FileProblem["type"], what: string): void {
    // One lost line makes strangers of all that follow it.
    const before = this.#problems.at(-1);
    if (before?.type === type && before.what === what) return;
    this.#problems.push({ line: this.#line, type, what });
  }
}
