import {
  type AbstractRuntimeError,
  foldRun,
  isAbstractRuntimeError,
  isEnded,
  reduce,
  type RunState,
} from "@abstractruntime/core/store";
import { type Checkpoint, parseCheckpoint } from "../checkpoint/checkpoint.ts";
import { corrupt, corruptBy } from "../folder/corrupt.ts";
import { ledgerFile, runFile } from "../folder/file-names.ts";
import type { Folder } from "../folder/folder.ts";
import { inspectLegacy } from "../ledger/legacy-ledger.ts";
import { type LedgerTail, type PlacedRecord, readTail } from "../ledger/ledger-tail.ts";
import { addInbox, type ReadState } from "./add-inbox.ts";
import type { RunOnDisk } from "./run-on-disk.ts";

export interface ReadRunOptions {
  /** Id of a commit that adopts this run, whose run file may not have been written yet. */
  readonly adoption?: string | undefined;
  /** Of an ended run read its run file alone, if the ledger is as long as that says: enough for the index. */
  readonly brief?: boolean;
}

/** Everything known of one run while it is read. */
interface Reading {
  readonly folder: Folder;
  readonly runId: string;
  readonly ledgerSize: number;
  readonly brief: boolean;
  readonly checkpointBytes: number;
}

/**
 * A run from its files: the checkpoint and what the ledger says since, or, when the run file is missing or broken, the
 * whole ledger. Nothing is changed on disk.
 *
 * @returns `undefined` when there is no such run; `"unborn"` when a crash left a piece of its first commit.
 * @throws store_corrupt with file and byte
 */
export async function readRun(
  folder: Folder,
  runId: string,
  { adoption, brief = false }: ReadRunOptions = {},
): Promise<RunOnDisk | "unborn" | undefined> {
  // In this order: a writer beside us may make the ledger longer than the run file knows, never shorter.
  const bytes = await folder.read(runFile(runId));
  const size = await folder.size(ledgerFile(runId));
  if (bytes === undefined && size === undefined) return undefined;
  const checkpointBytes = bytes?.length ?? 0;
  const reading = { folder, runId, ledgerSize: size ?? 0, brief, checkpointBytes };
  const checkpoint = bytes === undefined ? undefined : tryCheckpoint(reading, bytes);
  const state = await readState(reading, checkpoint, adoption);
  return state === "unborn" ? state : addInbox(reading, state);
}

async function readState(
  reading: Reading,
  checkpoint: Checkpoint | AbstractRuntimeError | undefined,
  adoption: string | undefined,
): Promise<ReadState | "unborn"> {
  if (checkpoint === undefined || isAbstractRuntimeError(checkpoint))
    return rebuild(reading, checkpoint);
  if (!checkpoint.legacy) return continueFrom(reading, checkpoint);
  const adopted = adoption === undefined ? undefined : await tryAdopted(reading, adoption);
  return adopted ?? readLegacy(reading, checkpoint);
}

function tryCheckpoint(reading: Reading, bytes: Buffer): Checkpoint | AbstractRuntimeError {
  const file = reading.folder.file(runFile(reading.runId));
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const checkpoint = parseCheckpoint(text, file);
    const found = checkpoint.stored.run.runId;
    return found === reading.runId ? checkpoint : corrupt(file, 0, `it holds run ${found}`);
  } catch (error) {
    if (isAbstractRuntimeError(error, "store_corrupt")) return error;
    if (error instanceof TypeError) return corrupt(file, 0, "it is not UTF-8", error);
    throw error;
  }
}

/** The usual case: a checkpoint of ours, and the commits since. */
async function continueFrom(reading: Reading, checkpoint: Checkpoint): Promise<ReadState> {
  const { folder, runId, ledgerSize } = reading;
  const file = folder.file(ledgerFile(runId));
  if (ledgerSize < checkpoint.ledgerBytes)
    throw corrupt(
      file,
      ledgerSize,
      `it ends here, before byte ${checkpoint.ledgerBytes} that the run file knows of`,
    );
  const bytes = await folder.readRange(ledgerFile(runId), checkpoint.ledgerBytes, ledgerSize);
  const tail = readTail(bytes, checkpoint.ledgerBytes, file);
  // 0.2.0 writes its ledger first: it was stopped before it wrote the run file, which is still what it would read.
  if (tail.endsForeign) return readLegacy(reading, checkpoint);
  const { run, head } = checkpoint.stored;
  const last = tail.records.at(-1)?.record;
  return {
    run: foldTail(run, tail, file),
    commitId: last?.commitId ?? head.commitId,
    ledgerHead: last === undefined ? head.ledgerHead : (last.recordHash ?? null),
    createdBy: checkpoint.createdBy,
    legacy: false,
    ledger: {
      end: tail.end,
      torn: tail.end < ledgerSize,
      from: baseOf(tail)?.offset ?? checkpoint.ledgerFrom,
      open: false,
    },
    checkpoint: {
      revision: run.revision,
      seq: run.seq,
      bytes: reading.checkpointBytes,
      ledgerBytes: checkpoint.ledgerBytes,
    },
    tail: tail.records,
    from: checkpoint,
  };
}

/** The run file is missing or broken, or must not count: fold the whole ledger. */
async function rebuild(
  reading: Reading,
  broken: AbstractRuntimeError | undefined,
): Promise<ReadState | "unborn"> {
  const { folder, runId, ledgerSize } = reading;
  const file = folder.file(ledgerFile(runId));
  const bytes = await folder.readRange(ledgerFile(runId), 0, ledgerSize);
  const tail = readWhole(bytes, file, broken);
  const base = baseOf(tail);
  if (base === undefined || tail.endsForeign) {
    if (broken !== undefined) throw broken;
    if (tail.end === 0) return "unborn";
    throw corrupt(file, 0, `it can't be folded, and ${runFile(runId)} is missing`);
  }
  const records = tail.records.slice(tail.records.indexOf(base));
  const run = foldFrom(records, file);
  if (run.runId !== runId) throw corrupt(file, 0, `it is the ledger of run ${run.runId}`);
  const firstOwn = records.find(({ record }) => record.runId === runId);
  return {
    run,
    commitId: records.at(-1)?.record.commitId ?? "",
    ledgerHead: records.at(-1)?.record.recordHash ?? null,
    createdBy: firstOwn?.record.commitId ?? base.record.commitId,
    legacy: false,
    ledger: { end: tail.end, torn: tail.end < ledgerSize, from: base.offset, open: false },
    checkpoint: null,
    tail: tail.records,
    from: null,
  };
}

function readWhole(
  bytes: Buffer,
  file: string,
  broken: AbstractRuntimeError | undefined,
): LedgerTail {
  try {
    return readTail(bytes, 0, file);
  } catch (error) {
    throw broken ?? error;
  }
}

/** The run as its adoption left it, when that commit is in the ledger and only the run file is still 0.2.0's. */
async function tryAdopted(reading: Reading, commitId: string): Promise<ReadState | undefined> {
  const bytes = await reading.folder.readRange(ledgerFile(reading.runId), 0, reading.ledgerSize);
  if (!bytes.includes(`"commit_id":${JSON.stringify(commitId)}`)) return undefined;
  const legacyEnd = inspectLegacy(bytes).end;
  const tail = await rebuild(reading, undefined).catch(() => undefined);
  const isThere = tail !== undefined && tail !== "unborn" && tail.commitId === commitId;
  return isThere && tail.ledger.end === legacyEnd ? tail : undefined;
}

/** The run file is the truth; the ledger's lines are only counted. */
async function readLegacy(reading: Reading, checkpoint: Checkpoint): Promise<ReadState> {
  const { folder, runId, ledgerSize, brief } = reading;
  const { run, head } = checkpoint.stored;
  const skip = brief && isEnded(run);
  const bytes = skip ? Buffer.alloc(0) : await folder.readRange(ledgerFile(runId), 0, ledgerSize);
  const ledger = inspectLegacy(bytes);
  const tail = bytes.includes('"message_id":') ? ownRecords(bytes) : [];
  return {
    run: { ...run, revision: 0, seq: ledger.lines },
    commitId: head.commitId,
    ledgerHead: ledger.head,
    createdBy: checkpoint.createdBy,
    legacy: true,
    ledger: {
      end: ledger.end,
      torn: !skip && ledger.end < ledgerSize,
      from: ledger.end,
      open: ledger.open,
    },
    checkpoint: null,
    tail,
    from: checkpoint.legacy ? null : checkpoint,
  };
}

/** Records from before 0.2.0 took the run, for the messages that they consumed. */
function ownRecords(bytes: Buffer): readonly PlacedRecord[] {
  try {
    return readTail(bytes, 0, "").records;
  } catch {
    return [];
  }
}

function foldTail(run: RunState, tail: LedgerTail, file: string): RunState {
  const base = baseOf(tail);
  if (base !== undefined) return foldFrom(tail.records.slice(tail.records.indexOf(base)), file);
  return tail.records.reduce((state, { record, offset }) => {
    try {
      return reduce(state, record);
    } catch (error) {
      throw corruptBy(file, offset, error);
    }
  }, run);
}

function foldFrom(records: readonly PlacedRecord[], file: string): RunState {
  const [first, ...rest] = records;
  if (first === undefined) throw corrupt(file, 0, "it has no records");
  const tail = { records: rest, end: 0, endsForeign: false };
  return foldTail(foldRun([first.record]), tail, file);
}

/** The record at which folding starts, if it is in this piece. */
function baseOf({ records }: LedgerTail): PlacedRecord | undefined {
  return records.findLast(({ record }) => record.kind === "created" || record.kind === "adopted");
}
