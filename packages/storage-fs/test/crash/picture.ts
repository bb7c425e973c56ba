import type { InboxMessage, LedgerRecord, RunState } from "@abstractruntime/core";
import { decodeRecord, systemClock } from "@abstractruntime/core/store";
import { KeptEventLog } from "../../src/event/kept-event-log.ts";
import { Folder } from "../../src/folder/folder.ts";
import { OpenFiles } from "../../src/folder/open-files.ts";
import { FileStore } from "../../src/index.ts";

/** A run as its store gives it back. */
export interface PicturedRun {
  readonly run: RunState;
  readonly ledger: readonly LedgerRecord[];
  /** The ledger's lines, exactly as stored. */
  readonly texts: readonly string[];
  readonly inbox: readonly InboxMessage[];
}

/** Everything in a folder. */
export interface Picture {
  readonly runs: ReadonlyMap<string, PicturedRun>;
  readonly damaged: readonly string[];
  /** Whether an event is kept for whoever waits for it first. */
  readonly keeps: (messageId: string) => boolean;
  /** Ids of artifacts and snapshots that can be read. */
  readonly artifacts: ReadonlySet<string>;
  readonly snapshots: ReadonlySet<string>;
}

/** Open a folder, as the next process does, read everything in it, and close it. */
export async function takePicture(dir: string): Promise<Picture> {
  await using store = await FileStore.open(dir);
  const runs = new Map<string, PicturedRun>();
  const { items } = await store.list({ limit: 1_000 });
  for (const { run } of items) {
    const { runId } = run;
    const texts = await store.recordTexts(runId);
    const ledger = texts.map((text) => decodeRecord(text, runId));
    runs.set(runId, { run, ledger, texts, inbox: await store.readInbox(runId) });
  }
  const artifacts = (await store.artifacts.list({ limit: 1_000 })).items;
  const snapshots = (await store.snapshots.list({ limit: 1_000 })).items;
  const events = new KeptEventLog(new Folder(dir), new OpenFiles());
  await events.recover(systemClock.now());
  return {
    runs,
    damaged: store.report().damaged.map(({ message }) => message),
    keeps: (messageId) => (events.book.find(messageId, systemClock.now())?.kept ?? null) !== null,
    artifacts: new Set(artifacts.map(({ artifactId }) => artifactId)),
    snapshots: new Set(snapshots.map(({ snapshotId }) => snapshotId)),
  };
}
