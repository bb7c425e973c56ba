import { renderRecord, keepRendered, type LedgerRecord } from "@abstractruntime/core/store";
import type { HashedRecord, Sealer } from "../sign/sealer.ts";
import { cutLinks, findLinkMembers, type LinkMembers } from "../verify/link-members.ts";
import { sha256Hex } from "../verify/sha256-hex.ts";

/** A record with its place in the chain, and its text, in which the signature is still null. */
interface Link extends HashedRecord {
  readonly text: string;
  readonly members: LinkMembers;
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
  const seals = await sealer?.seal(links);
  return links.map((link, index) => sealRecord(link, seals?.[index] ?? null));
}

function linkRecord(given: LedgerRecord, prevHash: string | null): Link {
  const record = { ...withoutLinks(given), prevHash };
  const text = renderRecord(record);
  const members = findLinkMembers(text);
  if (members === undefined)
    throw new TypeError(
      `record ${record.seq} of ${record.runId} is not rendered as a chain needs it`,
    );
  return { record, text, members, recordHash: sha256Hex(cutLinks(text, members)) };
}

/** A record that was read from a chain brings the place that it had there. */
function withoutLinks(record: LedgerRecord): LedgerRecord {
  if (record.recordHash === undefined && record.signature === undefined) return record;
  const { recordHash: _hash, signature: _signature, ...own } = record;
  return own;
}

function sealRecord(
  { record, recordHash, text, members }: Link,
  seal: string | null,
): LedgerRecord {
  const linked = { ...record, recordHash, ...(seal !== null && { signature: seal }) };
  keepRendered(linked, withLinks(text, members, recordHash, seal));
  return linked;
}

function withLinks(
  text: string,
  { recordHash, signature }: LinkMembers,
  hash: string,
  seal: string | null,
): string {
  const head = `${text.slice(0, recordHash.value)}"${hash}"`;
  if (seal === null || signature === null) return head + text.slice(recordHash.end);
  const sealed = JSON.stringify(seal) + text.slice(signature.end);
  return head + text.slice(recordHash.end, signature.value) + sealed;
}
