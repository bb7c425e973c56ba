import { isDeepStrictEqual } from "node:util";
import { decodeLedgerLine, foldRun, isAbstractRuntimeError } from "@abstractruntime/core/store";
import { corruptBy } from "../folder/corrupt.ts";
import { idIn, ledgerFile, runFile } from "../folder/file-names.ts";
import { Folder } from "../folder/folder.ts";
import { linesOf } from "../folder/lines.ts";
import { readTail } from "../ledger/ledger-tail.ts";
import { inParallel } from "../open/in-parallel.ts";
import { runIdsIn } from "../open/scan-runs.ts";
import { readRun } from "../run/read-run.ts";
import type { RunOnDisk } from "../run/run-on-disk.ts";
import { problemOf, type StoreProblem } from "./store-problem.ts";
import { verifyExtras } from "./verify-extras.ts";

export interface VerifyReport {
  /** Whether there are no problems. */
  readonly ok: boolean;
  readonly runs: number;
  /** Runs that 0.2.0 wrote last: their run files are the truth, and their ledgers only history. */
  readonly legacyRuns: number;
  /** Records that were folded and compared with run files. */
  readonly records: number;
  readonly problems: readonly StoreProblem[];
}

/** What a verification has found so far. */
interface Findings {
  runs: number;
  legacyRuns: number;
  records: number;
  readonly problems: StoreProblem[];
}

/** Read everything in a folder, fold every ledger and compare it with its run file. Changes nothing and takes no lock. */
export async function verifyStore(dir: string): Promise<VerifyReport> {
  const folder = new Folder(dir);
  const names = await folder.names();
  const findings: Findings = { runs: 0, legacyRuns: 0, records: 0, problems: [] };
  for (const name of names) {
    const runId = idIn(name, "intent_", ".json");
    if (runId === undefined) continue;
    const message = "a commit was not done to its end: open the store, or repair it";
    const place = { runId, file: folder.file(name), offset: 0 };
    findings.problems.push({ kind: "unfinished_commit", ...place, message });
  }
  await inParallel(runIdsIn(names), (runId) => verifyRun(folder, runId, findings));
  findings.problems.push(...(await verifyExtras(folder, names)));
  const problems = findings.problems.toSorted((a, b) => compare(a, b));
  return { ...findings, ok: problems.length === 0, problems };
}

async function verifyRun(folder: Folder, runId: string, findings: Findings): Promise<void> {
  try {
    const found = await readRun(folder, runId);
    if (found === undefined) return;
    if (found === "unborn") return void findings.problems.push(unborn(folder, runId));
    findings.runs += 1;
    for (const { file, offset, bytes } of found.torn)
      findings.problems.push({
        kind: "torn_tail",
        runId,
        file,
        offset,
        message: `${bytes} bytes of a write that was not finished`,
      });
    if (found.legacy) {
      findings.legacyRuns += 1;
      return await verifyHistory(folder, found);
    }
    await verifyFold(folder, found, findings);
  } catch (error) {
    if (!isAbstractRuntimeError(error, "store_corrupt")) throw error;
    findings.problems.push(problemOf(error, runId));
  }
}

/** The lines of a run that 0.2.0 wrote last can be read; what they say can't be folded. */
async function verifyHistory(folder: Folder, { run, ledger }: RunOnDisk): Promise<void> {
  const name = ledgerFile(run.runId);
  for (const { text, offset } of linesOf(await folder.readRange(name, 0, ledger.end))) {
    try {
      decodeLedgerLine(text ?? "", `${folder.file(name)}, byte ${offset}`);
    } catch (error) {
      throw corruptBy(folder.file(name), offset, error);
    }
  }
}

async function verifyFold(folder: Folder, found: RunOnDisk, findings: Findings): Promise<void> {
  const { run, ledger, checkpoint } = found;
  const name = ledgerFile(run.runId);
  const bytes = await folder.readRange(name, 0, ledger.end);
  const { records } = readTail(bytes, 0, folder.file(name));
  const folded = records.filter(({ offset }) => offset >= ledger.from).map(({ record }) => record);
  findings.records += folded.length;
  const place = { runId: run.runId, file: folder.file(runFile(run.runId)), offset: 0 };
  if (!isDeepStrictEqual(foldRun(folded), run)) {
    const message = "it is not what the ledger makes: repair the store to write it anew";
    findings.problems.push({ kind: "run_file_differs", ...place, message });
  } else if (checkpoint?.revision !== run.revision) {
    const message = "it is older than the ledger: close or repair the store before 0.2.0 uses it";
    findings.problems.push({ kind: "run_file_behind", ...place, message });
  }
}

function unborn(folder: Folder, runId: string): StoreProblem {
  const file = folder.file(ledgerFile(runId));
  const message = "a run whose first commit was not finished";
  return { kind: "torn_tail", runId, file, offset: 0, message };
}

function compare(a: StoreProblem, b: StoreProblem): number {
  if (a.file !== b.file) return a.file < b.file ? -1 : 1;
  return a.offset - b.offset;
}
