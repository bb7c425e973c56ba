import { keepRendered, renderPieces, type LedgerRecord } from "@abstractruntime/core/store";
import type { HashedRecord, Sealer } from "../sign/sealer.ts";
import { sha256Hex } from "../verify/sha256-hex.ts";

/** A record with its place in the chain, and its text, which lacks the signature. */
interface Link extends HashedRecord {
  readonly prevHash: string | null;
  readonly beforeSignature: string;
  readonly afterSignature: string;
}

/** How records are linked. */
export interface Linking {
  /** Asked once for all records of a commit. */
  readonly sealer: Sealer | undefined;
  /** Whether the store writes texts: it gets those that were hashed. One in memory renders when it is asked, if ever. */
  readonly writesTexts: boolean;
}

/**
 * Records that follow a hash in their run's chain: copies of those given.
 *
 * @param prevHash hash of the record before them; null where a chain begins
 */
export async function linkRecords(
  records: readonly LedgerRecord[],
  prevHash: string | null,
  { sealer, writesTexts }: Linking,
): Promise<readonly LedgerRecord[]> {
  const links: Link[] = [];
  let before = prevHash;
  for (const record of records) {
    const link = linkRecord(record, before);
    links.push(link);
    before = link.recordHash;
  }
  const seals = sealer === undefined ? [] : await sealer.seal(links);
  return links.map((link, index) => {
    const seal = seals[index] ?? null;
    const linked = withLinks(link, seal);
    if (writesTexts) keepRendered(linked, textOf(link, seal));
    return linked;
  });
}

function linkRecord(record: LedgerRecord, prevHash: string | null): Link {
  const [head, middle, tail] = renderPieces(record);
  const linked = `${head},"prev_hash":${prevHash === null ? "null" : `"${prevHash}"`}`;
  const hashed = linked + middle + tail;
  const recordHash = sha256Hex(hashed);
  // Parts of the hashed text, which is one piece now, keep less alive than what they were put together from.
  const beforeHash = hashed.slice(0, linked.length);
  const afterHash = hashed.slice(linked.length, linked.length + middle.length);
  const beforeSignature = `${beforeHash},"record_hash":"${recordHash}"${afterHash}`;
  const afterSignature = hashed.slice(hashed.length - tail.length);
  return { record, recordHash, prevHash, beforeSignature, afterSignature };
}

function withLinks({ record, prevHash, recordHash }: Link, signature: string | null): LedgerRecord {
  const linked = { ...withoutSignature(record), prevHash, recordHash };
  return signature === null ? linked : { ...linked, signature };
}

function textOf({ beforeSignature, afterSignature }: Link, seal: string | null): string {
  return `${beforeSignature},"signature":${JSON.stringify(seal)}${afterSignature}`;
}

/** One that was read from a chain brings the signature that it had there. */
function withoutSignature(record: LedgerRecord): LedgerRecord {
  if (record.signature === undefined) return record;
  const { signature: _signature, ...own } = record;
  return own;
}
