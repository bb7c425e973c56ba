import type { JsonObject, JsonValue, LedgerRecord } from "@abstractruntime/core/store";
import type { ChainError, ChainReport, HarmlessNote } from "./chain-report.ts";
import { textOf, type LedgerLine } from "./ledger-lines.ts";
import {
  readRecordLine,
  readRecordObject,
  type NoRecord,
  type RecordLinks,
} from "./read-record.ts";

export interface ChainOptions {
  /**
   * Whether records without a hash may stand before the chain: of a run that began before its store was chained. The first
   * chained one then has no `prev_hash`. They prove nothing. False by default, as in 0.2.0.
   */
  readonly mayBeginUnchained?: boolean | undefined;
}

/** Follows a chain record by record, and goes on after what is wrong. */
export class ChainVerifier {
  readonly #mayBeginUnchained: boolean;
  readonly #errors: ChainError[] = [];
  readonly #harmless: HarmlessNote[] = [];
  #blankLines = 0;
  #count = 0;
  #basis: ChainReport["basis"] = "text";
  #chainedFrom: number | null = null;
  #headHash: JsonValue = null;
  #lastHash: JsonValue = null;
  /** What the next record has to name; `undefined` when nobody can tell. */
  #expected: JsonValue | undefined = null;

  constructor({ mayBeginUnchained = false }: ChainOptions = {}) {
    this.#mayBeginUnchained = mayBeginUnchained;
  }

  /** @returns the record's links; `undefined` of a blank line, and of one that holds no record. */
  addLine(line: LedgerLine): RecordLinks | undefined {
    const text = textOf(line);
    if (text?.trim() === "") {
      this.#blankLines += 1;
      return undefined;
    }
    // Blank lines after the last record are how its line ends.
    for (; this.#blankLines > 0; this.#blankLines--)
      this.#harmless.push({ index: this.#count, type: "blank_line" });
    const read =
      text === undefined ? { reason: "it is not UTF-8", offset: null } : readRecordLine(text);
    return "reason" in read ? this.#addMalformed(read) : this.#addLinks(read);
  }

  /** A record that was parsed before. */
  addParsed(record: JsonObject | LedgerRecord): RecordLinks {
    this.#basis = "parsed";
    return this.#addLinks(readRecordObject(record));
  }

  report(): ChainReport {
    // Those of an unchained beginning are known only when the chain begins.
    const errors = this.#errors.toSorted((one, other) => one.index - other.index);
    return {
      ok: errors.length === 0,
      count: this.#count,
      errors,
      firstBadIndex: errors[0]?.index ?? null,
      headHash: this.#headHash,
      computedHeadHash: this.#lastHash,
      basis: this.#basis,
      chainedFrom: this.#chainedFrom,
      harmless: [...this.#harmless],
    };
  }

  #addMalformed({ reason, offset }: NoRecord): undefined {
    this.#errors.push({ index: this.#count, type: "malformed_record", reason, offset });
    this.#count += 1;
    this.#headHash = null;
    this.#expected = undefined;
  }

  #addLinks(links: RecordLinks): RecordLinks {
    const index = this.#count;
    this.#count += 1;
    this.#headHash = links.recordHash;
    const isHashed = !isEmpty(links.recordHash);
    if (isHashed && this.#chainedFrom === null) this.#begin(index, links);
    const expected = this.#expected;
    if (expected !== undefined && links.prevHash !== expected && !this.#isBeforeChain(links))
      this.#errors.push({
        index,
        type: "prev_hash_mismatch",
        expectedPrevHash: expected,
        actualPrevHash: links.prevHash,
      });
    if (isHashed) this.#checkHash(index, links);
    else if (!this.#isBeforeChain(links)) this.#errors.push({ index, type: "missing_record_hash" });
    // What one edit breaks counts once: what follows is measured by the hash that the record says it has.
    this.#expected = isHashed ? links.recordHash : links.computed;
    return links;
  }

  #isBeforeChain({ prevHash }: RecordLinks): boolean {
    return this.#mayBeginUnchained && this.#chainedFrom === null && prevHash === null;
  }

  /** The first record that has a hash: what stood before it may be no part of the chain, or have lost its hashes. */
  #begin(index: number, { prevHash }: RecordLinks): void {
    this.#chainedFrom = index;
    if (!this.#mayBeginUnchained) return;
    if (prevHash === null) this.#expected = null;
    else
      for (let before = 0; before < index; before++)
        this.#errors.push({ index: before, type: "missing_record_hash" });
  }

  #checkHash(index: number, { recordHash, computed, oddity }: RecordLinks): void {
    this.#lastHash = recordHash;
    if (recordHash !== computed)
      this.#errors.push({ index, type: "record_hash_mismatch", stored: recordHash, computed });
    else if (oddity?.type === "not_canonical") this.#errors.push({ index, ...oddity });
    else if (oddity !== null) this.#harmless.push({ index, ...oddity });
  }
}

/** What counts as no hash in 0.2.0. */
function isEmpty(value: JsonValue): boolean {
  return typeof value === "object" && value !== null ? Object.keys(value).length === 0 : !value;
}
