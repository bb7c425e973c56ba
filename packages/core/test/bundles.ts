import { createHash } from "node:crypto";

/** All of a stream. */
export async function collected(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** Bytes as a stream, in pieces of a size. */
export async function* streamed(
  bytes: Uint8Array,
  size = 1_000,
): AsyncGenerator<Uint8Array, void, void> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** A bundle as its lines, without the last. */
export function linesOf(bundle: Uint8Array): readonly string[] {
  return Buffer.from(bundle).toString().split("\n").slice(0, -2);
}

/** Lines as a bundle that says of itself that it is right: what is wrong with it is not its digest, nor its counts. */
export function bundleOf(lines: readonly string[]): Uint8Array {
  const text = lines.map((line) => `${line}\n`).join("");
  const sha256 = createHash("sha256").update(text).digest("hex");
  const counts = { ...countsOf(lines), sha256, type: "end" };
  const keys = Object.keys(counts).toSorted();
  const end = JSON.stringify(counts, keys);
  return Buffer.from(`${text}${end}\n`);
}

function countsOf(lines: readonly string[]): Record<string, number> {
  const counts = { runs: 0, ledger_lines: 0, messages: 0, artifacts: 0, claims: 0, snapshots: 0 };
  for (const line of lines) {
    const { type, ledger_lines: ledgerLines = 0 } = parsed(line);
    if (type === "run") {
      counts.runs += 1;
      counts.ledger_lines += ledgerLines;
    }
    if (type === "message") counts.messages += 1;
    if (type === "artifact") counts.artifacts += 1;
    if (type === "claim") counts.claims += 1;
    if (type === "snapshot") counts.snapshots += 1;
  }
  return counts;
}

/** A line as what it says; of one that is no JSON, nothing. */
// oxlint-disable-next-line typescript/no-explicit-any -- tests change whatever they find in it
export function parsed(line: string): any {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}
