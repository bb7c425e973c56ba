import { assertId } from "../run/run-id.ts";
import { decodeMessage } from "../codec/message-codec.ts";
import { decodeSnapshot } from "../codec/snapshot-codec.ts";
import type { Message } from "../inbox/message.ts";
import type { Abortable } from "../ports/abortable.ts";
import type { ArtifactStore } from "../ports/artifact-store.ts";
import type { DurableStore } from "../ports/durable-store.ts";
import type { Snapshot, SnapshotStore } from "../ports/snapshot-store.ts";
import { collect, fetchContent } from "../store/offload/grow.ts";
import { bundleInvalid, checked } from "./bundle-invalid.ts";
import { noCounts, readRunLine, type BundleCounts, type BundleHeader } from "./bundle-lines.ts";
import type { BundleReader, TypedLine } from "./bundle-reader.ts";
import { isThere } from "./create-imported.ts";
import { ArtifactImport } from "./import-artifacts.ts";
import { assertFamily } from "./imported-family.ts";
import { importedRun, type ImportedRun } from "./imported-run.ts";
import { LedgerFold } from "./ledger-fold.ts";
import { noneNamed, noteNamed } from "./named-artifacts.ts";

/** A bundle that was read to its end, and found right. */
export interface Bundle {
  readonly runs: readonly ImportedRun[];
  readonly snapshots: readonly Snapshot[];
  readonly counts: BundleCounts;
  /** Whether the store has these runs already. */
  readonly isThere: boolean;
}

interface Into {
  readonly store: DurableStore;
  readonly artifacts?: ArtifactStore | undefined;
  readonly snapshots?: SnapshotStore | undefined;
}

/**
 * All of a bundle. Its artifacts are in the store then; whatever else it holds is in memory.
 *
 * @throws bundle_invalid, run_exists, artifact_exists, value_too_large, and what source and stores throw
 */
export async function readBundle(
  into: Into,
  reader: BundleReader,
  options: Abortable,
): Promise<Bundle> {
  const header = await reader.header();
  checked(1, () => assertForm(into.store, header));
  const counts = noCounts();
  const offloaded = new Set<string>();
  const runs: ImportedRun[] = [];
  let line = await reader.next();
  for (; line.type === "run"; line = await reader.next()) {
    options.signal?.throwIfAborted();
    runs.push(await readRun(reader, line, { counts, offloaded }));
  }
  checked(null, () => assertFamily(header, runs));
  const areThere = await isThere(into.store, runs, options);
  const runIds = new Set(runs.map(({ run }) => run.runId));
  const snapshots: Snapshot[] = [];
  for (; line.type === "snapshot"; line = await reader.next()) {
    reader.hold(line.text);
    snapshots.push(readSnapshot(line, { runIds, into }));
    counts.snapshots += 1;
  }
  const content = new ArtifactImport(reader, { artifacts: into.artifacts, runIds, options });
  for (; line.type === "artifact" || line.type === "claim"; line = await reader.next()) {
    options.signal?.throwIfAborted();
    counts[line.type === "claim" ? "claims" : "artifacts"] += 1;
    await content.read(line);
  }
  if (line.type !== "end")
    throw bundleInvalid(`a line of type "${line.type.slice(0, 40)}" is out of place`, line.number);
  await reader.end(line, counts);
  if (header.offloads) await assertWhole(into.artifacts, offloaded, content.known, options);
  return { runs, snapshots, counts, isThere: areThere };
}

/** Markers for offloaded values are read by a store that offloads, and are texts like others to any other store. */
function assertForm(store: DurableStore, { offloads, seals }: BundleHeader): void {
  const reads = store.capabilities.offloads === true;
  const opens = store.capabilities.seals ?? [];
  if (seals.join() !== opens.join())
    throw new Error(
      `its values are sealed by ${inWords(seals)}, and by ${inWords(opens)} in the store that it goes to: they must be the same`,
    );
  if (offloads && !reads)
    throw new Error("large values stand apart in it: wrap the store that it goes to with offload");
  if (!offloads && reads)
    throw new Error("it comes from a store that did not offload, and goes to one that does");
}

function inWords(seals: readonly string[]): string {
  return seals.length === 0 ? "nothing" : seals.join(" and ");
}

async function readRun(
  reader: BundleReader,
  start: TypedLine,
  { counts, offloaded }: { readonly counts: BundleCounts; readonly offloaded: Set<string> },
): Promise<ImportedRun> {
  const line = checked(start.number, () => readRunLine(start.fields));
  const fold = new LedgerFold({ keeps: true });
  const texts: string[] = [];
  const named = { ...noneNamed(), offloaded };
  while (texts.length < line.ledgerLines) {
    const { text, number } = await reader.text();
    reader.hold(text);
    checked(number, () => fold.add(text));
    noteNamed(text, named);
    texts.push(text);
  }
  const state = await reader.next();
  reader.hold(state.text);
  if (state.type !== "state") throw bundleInvalid("the state of the run is missing", state.number);
  const messages: Message[] = [];
  while (messages.length < line.messages) messages.push(await readMessage(reader));
  counts.runs += 1;
  counts.ledgerLines += texts.length;
  counts.messages += messages.length;
  return checked(state.number, () =>
    importedRun(line, state.fields.value("run"), { ...fold.end(), texts }, messages),
  );
}

async function readMessage(reader: BundleReader): Promise<Message> {
  const { type, fields, text, number } = await reader.next();
  reader.hold(text);
  if (type !== "message") throw bundleInvalid("an unread message is missing", number);
  return checked(number, () => decodeMessage(fields.value("message"), "message"));
}

function readSnapshot(
  { fields, number }: TypedLine,
  { runIds, into }: { readonly runIds: ReadonlySet<string>; readonly into: Into },
): Snapshot {
  return checked(number, () => {
    const snapshot = decodeSnapshot(fields.value("snapshot"), "snapshot");
    assertId(snapshot.snapshotId, "snapshot id");
    if (!runIds.has(snapshot.runId)) throw new Error(`run ${snapshot.runId} is not in it`);
    if (into.snapshots === undefined)
      throw new Error("it holds snapshots, and there is no snapshot store to put them into");
    return snapshot;
  });
}

/** Look whether every value is there for which a marker stands, also those in the content of others. */
async function assertWhole(
  artifacts: ArtifactStore | undefined,
  offloaded: ReadonlySet<string>,
  known: ReadonlySet<string>,
  options: Abortable,
): Promise<void> {
  const wanted = new Set(offloaded);
  // A set that grows while it is walked is walked to its end.
  for (const artifactId of wanted) {
    if (artifacts === undefined || !known.has(artifactId))
      throw bundleInvalid(`artifact ${artifactId}, which stands for a value, is not in it`);
    const content = await fetchContent(artifactId, artifacts, options);
    if (typeof content !== "string") collect(content, wanted);
  }
}
