import {
  AbstractRuntimeError,
  type Clock,
  formatInstant,
  type LedgerRecord,
  systemClock,
} from "@abstractruntime/core/store";
import { toBase64url } from "./base64url.ts";
import { type SignerOf, signerLookup } from "./signer-lookup.ts";
import { formatSeal, sealBytes } from "./seal.ts";
import type { HashedRecord, Sealer } from "./sealer.ts";
import type { Signer } from "./signer.ts";

export interface SealOptions {
  /** At most one per actor, and one for all others; or a function, where keys change while the process runs. */
  readonly signers: Signer | readonly Signer[] | SignerOf;
  /**
   * How often a head is sealed: with the commit that brings the ledger to, or over, a multiple of this many records, and
   * always where a run begins to wait or ends. 128 by default; 1 seals every commit, `"record"` signs each record.
   */
  readonly every?: number | "record" | undefined;
  readonly clock?: Pick<Clock, "now"> | undefined;
}

/**
 * Seals heads of ledgers: a seal signs the hash of a record, and with it all records before. Which records get one depends
 * on the records alone, so that several processes seal a run alike. The last record before another actor's gets one, too.
 *
 * `seal` throws `signer_not_found` for an actor nobody signs for, and `store_unavailable` when a signer fails, so that the
 * driver sends the commit again.
 *
 * @throws invalid_argument
 */
export function sealHeads({ signers, every = 128, clock = systemClock }: SealOptions): Sealer {
  if (every !== "record" && !(Number.isSafeInteger(every) && every >= 1))
    throw new AbstractRuntimeError(
      "invalid_argument",
      'every: give a number of records from 1, or "record"',
    );
  const signerOf = signerLookup(signers);
  const sealOne = async ({ record, recordHash }: HashedRecord): Promise<string> => {
    const signer = signerOf(record.actorId) ?? refuse(record);
    const { runId, seq, actorId } = record;
    const [time, { keyId }] = [formatInstant(clock.now()), signer];
    const bytes = sealBytes({ runId, seq, headHash: recordHash, time, keyId, actorId });
    return formatSeal({ keyId, time, signature: toBase64url(await signed(signer, bytes, record)) });
  };
  return {
    seal: (records) => {
      const due = dueFor(records, every);
      if (!due.includes(true)) return records.map(() => null);
      return Promise.all(records.map(async (one, index) => (due[index] ? sealOne(one) : null)));
    },
  };
}

/** After these nothing may come for days, or ever. */
const stops: ReadonlySet<string> = new Set(["waiting", "gated", "ended", "cancelled"]);

/** Which records of a commit are to be sealed. */
function dueFor(records: readonly HashedRecord[], every: number | "record"): readonly boolean[] {
  if (every === "record") return records.map(() => true);
  const isDue =
    records.some(({ record }) => stops.has(record.kind)) ||
    records.some(({ record }) => record.seq % every === 0);
  return records.map(({ record }, index) => {
    const next = records[index + 1]?.record;
    return next === undefined ? isDue : next.actorId !== record.actorId;
  });
}

async function signed(
  signer: Signer,
  bytes: Uint8Array,
  record: LedgerRecord,
): Promise<Uint8Array> {
  const { keyId } = signer;
  const where = `run ${record.runId}, record ${record.seq}: key ${keyId}`;
  const signature = await signing(signer, bytes).catch((cause: unknown) => {
    throw new AbstractRuntimeError(
      "store_unavailable",
      `${where} did not sign, so nothing is written`,
      { cause, details: { keyId } },
    );
  });
  if (signature instanceof Uint8Array && signature.length === 64) return signature;
  throw new AbstractRuntimeError("invalid_key", `${where} gave something else than 64 bytes`);
}

/** A signer that throws at once is like one that rejects. */
async function signing(signer: Signer, bytes: Uint8Array): Promise<Uint8Array> {
  return signer.sign(bytes);
}

function refuse({ runId, seq, actorId }: LedgerRecord): never {
  throw new AbstractRuntimeError(
    "signer_not_found",
    `run ${runId}, record ${seq}: nobody signs for ${actorId === null ? "runs without an actor" : `actor ${actorId}`}`,
    { details: { runId, actorId } },
  );
}
