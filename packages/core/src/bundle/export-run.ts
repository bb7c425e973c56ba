import { encodeMessage } from "../codec/message-codec.ts";
import { encodeRun } from "../codec/run-codec.ts";
import { encodeSnapshot } from "../codec/snapshot-codec.ts";
import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { Abortable } from "../ports/abortable.ts";
import type { ArtifactStore } from "../ports/artifact-store.ts";
import type { Clock } from "../ports/clock.ts";
import type { DurableStore } from "../ports/durable-store.ts";
import type { Snapshot, SnapshotStore } from "../ports/snapshot-store.ts";
import { systemClock } from "../ports/system-clock.ts";
import type { RunState } from "../run/run-state.ts";
import { formatInstant } from "../time/instant.ts";
import {
  endLine,
  headerLine,
  noCounts,
  plainLine,
  runLine,
  type BundleCounts,
} from "./bundle-lines.ts";
import { artifactLines } from "./export-artifacts.ts";
import { cutFamily, type CutRun } from "./family-cut.ts";
import { LedgerFold } from "./ledger-fold.ts";
import { LineWriter } from "./line-writer.ts";
import { sameRun } from "./same-run.ts";
import { noneNamed, noteNamed, type NamedArtifacts } from "./named-artifacts.ts";

/** Where runs are read from. Without artifacts or snapshots, the bundle has none. */
export interface BundleSource {
  readonly store: DurableStore;
  readonly artifacts?: ArtifactStore | undefined;
  readonly snapshots?: SnapshotStore | undefined;
  /** `systemClock` by default. */
  readonly clock?: Clock | undefined;
}

const linesAtOnce = 1_000;

/**
 * A run and all runs below it as one file, piece by piece: their ledgers line by line as they are stored, their states
 * and unread messages, the artifacts that they claim or name, their snapshots. All of it is of one moment, though the
 * runs may go on meanwhile.
 *
 * What is held in memory does not grow with ledgers and artifacts. A bundle holds everything in the clear: guard it. Of a
 * store that seals values (`capabilities.seals`), ledgers and states stay sealed, unread messages and snapshots do not.
 *
 * @throws run_not_found; revision_conflict the runs never stood still; store_corrupt
 */
export async function* exportRun(
  source: BundleSource,
  runId: string,
  options: Abortable = {},
): AsyncGenerator<Uint8Array, void, void> {
  const counts = noCounts();
  const writer = new LineWriter();
  for await (const line of linesOf(source, runId, counts, options)) {
    options.signal?.throwIfAborted();
    const piece = writer.add(line);
    if (piece !== undefined) yield piece;
  }
  yield writer.end(endLine(counts, writer.digest()));
}

async function* linesOf(
  source: BundleSource,
  runId: string,
  counts: BundleCounts,
  options: Abortable,
): AsyncGenerator<string, void, void> {
  const { store, artifacts, snapshots, clock = systemClock } = source;
  const family = await cutFamily(store, runId, options);
  const { offloads = false, seals = [] } = store.capabilities;
  const exportedAt = formatInstant(clock.now());
  yield headerLine({ rootRunId: runId, runs: family.length, exportedAt, offloads, seals });
  const named = new Map<string, NamedArtifacts>();
  for (const cut of family) {
    const ofRun = noneNamed();
    named.set(cut.run.runId, ofRun);
    for await (const line of runLines(source, cut, counts, options)) {
      noteNamed(line, ofRun);
      yield line;
    }
  }
  if (snapshots !== undefined)
    for (const [id, ofRun] of named)
      for await (const snapshot of snapshotsOf(snapshots, id, options)) {
        const line = plainLine("snapshot", { snapshot: encodeSnapshot(snapshot) });
        noteNamed(line, ofRun);
        counts.snapshots += 1;
        yield line;
      }
  if (artifacts === undefined) return;
  yield* artifactLines(artifacts, offloads ? named : withoutOffloaded(named), counts, options);
}

async function* runLines(
  { store }: BundleSource,
  { run, messages }: CutRun,
  counts: BundleCounts,
  options: Abortable,
): AsyncGenerator<string, void, void> {
  const { runId, seq } = run;
  counts.runs += 1;
  yield runLine({ ...run, ledgerLines: seq, messages: messages.length });
  const fold = new LedgerFold({ keeps: false });
  for (let after = 0; after < seq;) {
    const limit = Math.min(linesAtOnce, seq - after);
    const texts = await store.recordTexts(runId, { after, limit }, options);
    if (texts.length === 0) throw corrupt(runId, `its ledger has ${after} records, not ${seq}`);
    for (const text of texts) {
      if (text.includes("\n") || !text.isWellFormed())
        throw corrupt(runId, "a record is no line of text");
      fold.add(text);
      yield text;
    }
    after += texts.length;
    counts.ledgerLines += texts.length;
  }
  yield plainLine("state", { run: encodeRun(await stateOf(store, run, fold, options)) });
  for (const message of messages) {
    counts.messages += 1;
    yield plainLine("message", { message: encodeMessage(message) });
  }
}

/** The state that the ledger makes, which must be the one that is stored; or that of a run which 0.2.0 wrote last. */
async function stateOf(
  store: DurableStore,
  { runId, revision }: CutRun["run"],
  fold: LedgerFold,
  options: Abortable,
): Promise<RunState> {
  const folded = revision === 0 ? null : fold.end().run;
  const stored = (await store.load(runId, options))?.run;
  const isThat = stored?.revision === revision;
  if (folded === null) {
    if (revision === 0 && isThat) return stored;
    throw corrupt(runId, "its ledger does not hold its state");
  }
  const { offloads = false, seals = [] } = store.capabilities;
  // What an offloading or sealing store shows is not what it stores.
  if (isThat && !offloads && seals.length === 0 && !sameRun(folded, stored))
    throw corrupt(runId, "its state is not the fold of its ledger");
  return folded;
}

async function* snapshotsOf(
  snapshots: SnapshotStore,
  runId: string,
  options: Abortable,
): AsyncGenerator<Snapshot, void, void> {
  let cursor: string | null = null;
  do {
    const query = { runId, limit: 100, ...(cursor !== null && { cursor }) };
    const { items, nextCursor } = await snapshots.list(query, options);
    yield* items;
    cursor = nextCursor;
  } while (cursor !== null);
}

/** Where nothing is offloaded, what looks like a marker is a text of the user's. */
function withoutOffloaded(
  named: ReadonlyMap<string, NamedArtifacts>,
): ReadonlyMap<string, NamedArtifacts> {
  return new Map(
    [...named].map(([runId, { referred }]) => [runId, { referred, offloaded: new Set<string>() }]),
  );
}

function corrupt(runId: string, what: string): AbstractRuntimeError {
  return new AbstractRuntimeError("store_corrupt", `run ${runId} can't be exported: ${what}`, {
    details: { runId },
  });
}
