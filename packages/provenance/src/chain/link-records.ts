import { keepRendered, renderPieces, type LedgerRecord } from "@abstractruntime/core/store";
import type { HashedRecord, Sealer } from "../sign/sealer.ts";
import { sha256Hex } from "../verify/sha256-hex.ts";

/** A record with its place in the chain, and the text that was hashed, which lacks the hash and the signature. */
interface Link extends HashedRecord {
  readonly prevHash: string | null;
  readonly hashed: string;
  /** Where in it the hash belongs, and where the signature. */
  readonly hashAt: number;
  readonly signatureAt: number;
}

/** How records are linked. */
export interface Linking {
  /** Asked once for all records of a commit. */
  readonly sealer: Sealer | undefined;
  /** Whether the store writes texts: it gets those that were hashed. One in memory renders when it is asked, if ever. */
  readonly writesTexts: boolean;
}

/**
 * Records that follow a hash in their run's chain: copies of those given. At once, where nobody seals them.
 *
 * @param prevHash hash of the record before them; null where a chain begins
 */
export function linkRecords(
  records: readonly LedgerRecord[],
  prevHash: string | null,
  { sealer, writesTexts }: Linking,
): readonly LedgerRecord[] | Promise<readonly LedgerRecord[]> {
  let before = prevHash;
  const links = records.map((record) => {
    const link = linkRecord(record, before);
    before = link.recordHash;
    return link;
  });
  const finished = (seals: readonly (string | null)[]): readonly LedgerRecord[] =>
    links.map((link, index) => {
      const seal = seals[index] ?? null;
      const linked = withLinks(link, seal);
      if (writesTexts) keepRendered(linked, textOf(link, seal));
      return linked;
    });
  return sealer === undefined ? finished([]) : sealed(sealer, links).then(finished);
}

async function sealed(sealer: Sealer, links: readonly Link[]): Promise<readonly (string | null)[]> {
  return sealer.seal(links);
}

function linkRecord(record: LedgerRecord, prevHash: string | null): Link {
  const [head, middle, tail] = renderPieces(record);
  const linked = `${head},"prev_hash":${prevHash === null ? "null" : `"${prevHash}"`}`;
  const hashed = linked + middle + tail;
  const hashAt = linked.length;
  const signatureAt = hashAt + middle.length;
  return { record, prevHash, recordHash: sha256Hex(hashed), hashed, hashAt, signatureAt };
}

function withLinks({ record, prevHash, recordHash }: Link, signature: string | null): LedgerRecord {
  const linked = { ...withoutSignature(record), prevHash, recordHash };
  return signature === null ? linked : { ...linked, signature };
}

/** Made of parts of the hashed text, which is one piece: they keep less alive than what that was put together from. */
function textOf({ hashed, hashAt, signatureAt, recordHash }: Link, seal: string | null): string {
  const [head, tail] = [hashed.slice(0, hashAt), hashed.slice(signatureAt)];
  const middle = hashed.slice(hashAt, signatureAt);
  return `${head},"record_hash":"${recordHash}"${middle},"signature":${JSON.stringify(seal)}${tail}`;
}

/** One that was read from a chain brings the signature that it had there. */
function withoutSignature(record: LedgerRecord): LedgerRecord {
  if (record.signature === undefined) return record;
  const { signature: _signature, ...own } = record;
  return own;
}
