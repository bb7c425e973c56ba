import type { JsonObject, JsonValue } from "@abstractruntime/core/store";

/** What is wrong with a chain, and where: `index` counts records from 0. */
export type ChainError =
  /** It does not follow the record before it. */
  | {
      readonly index: number;
      readonly type: "prev_hash_mismatch";
      readonly expectedPrevHash: JsonValue;
      readonly actualPrevHash: JsonValue;
    }
  /** It has no hash. */
  | { readonly index: number; readonly type: "missing_record_hash" }
  /** Its content is not what was hashed. */
  | {
      readonly index: number;
      readonly type: "record_hash_mismatch";
      readonly stored: JsonValue;
      readonly computed: string;
    }
  /** Its hash is right, and its text is not as it was written: other escapes, digits, or order of members. */
  | { readonly index: number; readonly type: "not_canonical"; readonly offset: number }
  /** It is no record. `offset` is where its text stops being JSON; null when it is JSON, and no object. */
  | {
      readonly index: number;
      readonly type: "malformed_record";
      readonly reason: string;
      readonly offset: number | null;
    };

/** What was found and does no harm. `index` is that of the record, or of the one after a blank line. */
export type HarmlessNote =
  /** White space between members; `offset`: where the line first differs from what was written. */
  | { readonly index: number; readonly type: "white_space"; readonly offset: number }
  | { readonly index: number; readonly type: "blank_line" }
  /** 0.2.0 hashed whole numbers as keys in the order of numbers. It takes such records for tampered after a reload. */
  | { readonly index: number; readonly type: "integer_keys" };

export interface ChainReport {
  readonly ok: boolean;
  /** How many records there are. */
  readonly count: number;
  /** In order of the records. A record may have two. */
  readonly errors: readonly ChainError[];
  /** The lowest index in `errors`. */
  readonly firstBadIndex: number | null;
  /** The hash that the last record says it has. */
  readonly headHash: JsonValue;
  /** The last hash that any record says it has. */
  readonly computedHeadHash: JsonValue;
  /**
   * What was verified: the stored text, or records that somebody had parsed. Of those, how numbers were written is lost, so
   * an honest record of 0.2.0's may seem changed, and a changed one (`1.0` for `1`) unchanged.
   */
  readonly basis: "text" | "parsed";
  /** The first record of the chain: 0, or, where the ledger may begin unchained, the first with a hash; null: none has. */
  readonly chainedFrom: number | null;
  readonly harmless: readonly HarmlessNote[];
}

/** A report as 0.2.0 writes it, with our additions at its end. */
export function encodeChainReport(report: ChainReport): JsonObject {
  return {
    ok: report.ok,
    count: report.count,
    errors: report.errors.map(encodeError),
    first_bad_index: report.firstBadIndex,
    head_hash: report.headHash,
    computed_head_hash: report.computedHeadHash,
    basis: report.basis,
    chained_from: report.chainedFrom,
    harmless: report.harmless.map((note) => ({ ...note })),
  };
}

function encodeError(error: ChainError): JsonObject {
  if (error.type !== "prev_hash_mismatch") return { ...error };
  const { index, type, expectedPrevHash, actualPrevHash } = error;
  return {
    index,
    type,
    expected_prev_hash: expectedPrevHash,
    actual_prev_hash: actualPrevHash,
  };
}
