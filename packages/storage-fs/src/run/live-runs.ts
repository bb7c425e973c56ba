import { isAbstractRuntimeError, type Logger, type RunState } from "@abstractruntime/core/store";
import { AppendFile } from "../folder/append-file.ts";
import { corrupt } from "../folder/corrupt.ts";
import { inboxFile, ledgerFile } from "../folder/file-names.ts";
import type { Folder } from "../folder/folder.ts";
import type { OpenFiles } from "../folder/open-files.ts";
import { factsOf, hasEnded, type RunEntry } from "../index/run-entry.ts";
import type { RunIndex } from "../index/run-index.ts";
import { Inbox } from "../inbox/inbox.ts";
import { isIdle, type LiveRun } from "./live-run.ts";
import { readRun } from "./read-run.ts";
import type { RunOnDisk } from "./run-on-disk.ts";
import type { Turns } from "./turns.ts";

const ledgerPoints = {
  before: "commit:before-append",
  appended: "commit:appended",
  synced: "commit:synced",
} as const;

const inboxPoints = {
  before: "inbox:before-append",
  appended: "inbox:appended",
  synced: "inbox:synced",
} as const;

/** How much state is kept in memory, by its size in files. What was used longest ago is dropped first. */
const maxBytes = 64 * 1024 * 1024;

/** What a run costs beside its state. */
const baseBytes = 4096;

interface Context {
  readonly folder: Folder;
  readonly files: OpenFiles;
  readonly index: RunIndex;
  readonly turns: Turns;
  readonly logger: Logger;
  /** Whether another process writes the folder, so that a run may be further than its entry says. */
  readonly readOnly: boolean;
}

interface Kept {
  readonly live: LiveRun;
  bytes: number;
}

/** The runs whose state is in memory. Any other is read from its files when it is asked for. */
export class LiveRuns {
  readonly #context: Context;
  /** In order of use. */
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  constructor(context: Context) {
    this.#context = context;
  }

  get(runId: string): LiveRun | undefined {
    const kept = this.#kept.get(runId);
    if (kept === undefined) return undefined;
    this.#kept.delete(runId);
    this.#kept.set(runId, kept);
    return kept.live;
  }

  /**
   * A run from memory or its files. The caller has its turn. One that has ended is not kept.
   *
   * @throws store_corrupt; the run then counts as damaged.
   */
  async load(entry: RunEntry): Promise<LiveRun> {
    const known = this.get(entry.runId);
    if (known !== undefined) return known;
    const found = await this.#read(entry);
    const live = this.fromDisk(found);
    entry.run = factsOf(found.run);
    entry.commitId = found.commitId;
    entry.ledgerHead = found.ledgerHead;
    entry.ledgerBytes = found.ledger.end;
    entry.ledgerFrom = found.ledger.from;
    entry.inboxSeq = found.inboxSeq;
    entry.inboxSize = found.inboxSize;
    if (!hasEnded(entry)) this.keep(entry, live);
    return live;
  }

  /** A run that begins to exist, with so many bytes in its ledger. */
  newborn(run: RunState, ledgerBytes = 0): LiveRun {
    const ledger = { end: ledgerBytes, torn: false, open: false };
    return this.#make({ run, ledger, inbox: { end: 0, torn: false }, content: new Inbox() });
  }

  fromDisk({ run, ledger, inbox }: RunOnDisk): LiveRun {
    const content = inbox?.content ?? new Inbox();
    return this.#make({ run, ledger, inbox: inbox ?? { end: 0, torn: false }, content });
  }

  /** Keep a run in memory, or note how large it is now. */
  keep(entry: RunEntry, live: LiveRun): void {
    const bytes = baseBytes + (entry.checkpoint?.bytes ?? entry.ledgerBytes);
    const kept = this.#kept.get(entry.runId);
    this.#bytes += bytes - (kept?.bytes ?? 0);
    if (kept === undefined) this.#kept.set(entry.runId, { live, bytes });
    else kept.bytes = bytes;
    if (this.#bytes > maxBytes) this.#shrink();
  }

  /** Let a run go from memory, unless a failed write of it is still to be undone. */
  async drop(runId: string): Promise<void> {
    const kept = this.#kept.get(runId);
    if (kept === undefined || !isIdle(kept.live)) return;
    this.#kept.delete(runId);
    this.#bytes -= kept.bytes;
    await Promise.all([kept.live.ledger.close(), kept.live.inboxFile.close()]);
  }

  #shrink(): void {
    for (const runId of this.#kept.keys()) {
      if (this.#bytes <= maxBytes) return;
      if (this.#context.turns.isTaken(runId)) continue;
      // Files that can't be closed are of no use to anybody.
      this.drop(runId).catch((error: unknown) => {
        this.#context.logger.warn("store.close_failed", { runId, error: String(error) });
      });
    }
  }

  async #read(entry: RunEntry): Promise<RunOnDisk> {
    const { folder, index, logger } = this.#context;
    try {
      const found = await readRun(folder, entry.runId);
      if (typeof found === "object" && (this.#context.readOnly || isSame(entry, found)))
        return found;
      const file = folder.file(ledgerFile(entry.runId));
      throw corrupt(file, entry.ledgerBytes, "another program has changed this run's files");
    } catch (error) {
      if (isAbstractRuntimeError(error, "store_corrupt")) {
        index.addDamaged(entry.runId, error);
        logger.error("store.run_damaged", { runId: entry.runId, message: error.message });
      }
      throw error;
    }
  }

  #make(parts: {
    readonly run: RunState;
    readonly ledger: Pick<RunOnDisk["ledger"], "end" | "open" | "torn">;
    readonly inbox: { readonly end: number; readonly torn: boolean };
    readonly content: Inbox;
  }): LiveRun {
    const { folder, files } = this.#context;
    const { run, ledger, inbox, content } = parts;
    const [ledgerName, inboxName] = [ledgerFile(run.runId), inboxFile(run.runId)];
    return {
      run,
      inbox: content,
      ledger: new AppendFile(
        { name: ledgerName, size: ledger.end, cut: ledger.torn },
        { folder, files, points: ledgerPoints },
      ),
      inboxFile: new AppendFile(
        { name: inboxName, size: inbox.end, cut: inbox.torn },
        { folder, files, points: inboxPoints },
      ),
      inboxBase: 0,
      openLine: ledger.open,
    };
  }
}

function isSame(entry: RunEntry, { run, ledger }: RunOnDisk): boolean {
  const isAtEnd = entry.legacy || ledger.end === entry.ledgerBytes;
  return isAtEnd && run.revision === entry.run.revision;
}
