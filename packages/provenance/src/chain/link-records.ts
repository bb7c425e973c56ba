import { keepRendered, renderPieces, type LedgerRecord } from "@abstractruntime/core/store";
import type { HashedRecord, Sealer } from "../sign/sealer.ts";
import { sha256Hex } from "../verify/sha256-hex.ts";

/** A record with its place in the chain, and its text, which lacks the signature. */
interface Link extends HashedRecord {
  readonly prevHash: string | null;
  readonly beforeSignature: string;
  readonly afterSignature: string;
}

/**
 * Records that follow a hash in their run's chain: copies of those given, whose text is rendered here and nowhere else.
 *
 * @param prevHash hash of the record before them; null where a chain begins
 * @param sealer asked once for all of them
 */
export async function linkRecords(
  records: readonly LedgerRecord[],
  prevHash: string | null,
  sealer: Sealer | undefined,
): Promise<readonly LedgerRecord[]> {
  const links: Link[] = [];
  let before = prevHash;
  for (const record of records) {
    const link = linkRecord(record, before);
    links.push(link);
    before = link.recordHash;
  }
  if (sealer === undefined) return links.map((link) => finish(link, null));
  const seals = await sealer.seal(links);
  return links.map((link, index) => finish(link, seals[index] ?? null));
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

function finish(link: Link, seal: string | null): LedgerRecord {
  const { prevHash, recordHash, beforeSignature, afterSignature } = link;
  const record = withoutSignature(link.record);
  const linked =
    seal === null
      ? { ...record, prevHash, recordHash }
      : { ...record, prevHash, recordHash, signature: seal };
  const signature = seal === null ? "null" : JSON.stringify(seal);
  keepRendered(linked, `${beforeSignature},"signature":${signature}${afterSignature}`);
  return linked;
}

/** One that was read from a chain brings the signature that it had there. */
function withoutSignature(record: LedgerRecord): LedgerRecord {
  if (record.signature === undefined) return record;
  const { signature: _signature, ...own } = record;
  return own;
}
