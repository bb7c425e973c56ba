import { parseSeal, type SealedHead } from "./seal.ts";

/** The members of a stored record that seals are about. */
export interface HeadFields {
  readonly runId: string;
  readonly seq: number;
  readonly actorId: string | null;
  readonly recordHash: string | null;
  readonly signature: string | null;
}

/**
 * What a stored record says about seals; `undefined` for a text that is no record at all.
 *
 * @param position of the record in its ledger, from 1: the number of those that have none (0.2.0's)
 */
export function readHeadFields(text: string, position: number): HeadFields | undefined {
  const fields = parseObject(text);
  if (fields === undefined || typeof fields["run_id"] !== "string") return undefined;
  const seq = fields["seq"];
  return {
    runId: fields["run_id"],
    seq: typeof seq === "number" ? seq : position,
    actorId: textOrNull(fields["actor_id"]),
    recordHash: textOrNull(fields["record_hash"]),
    // What is no text is no seal either, but it is something.
    signature: (fields["signature"] ?? null) === null ? null : String(fields["signature"]),
  };
}

/** The head that a record seals; null when it has no signature, `undefined` when what it has is no seal. */
export function headOf(fields: HeadFields): SealedHead | null | undefined {
  const { runId, seq, actorId, recordHash, signature } = fields;
  if (signature === null) return null;
  const seal = parseSeal(signature);
  if (seal === undefined || recordHash === null) return undefined;
  return { ...seal, runId, seq, headHash: recordHash, actorId };
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function textOrNull(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
