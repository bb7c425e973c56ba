import { isDeepStrictEqual } from "node:util";
import { decodeRecord, type DurableStore, foldRun, isEnded } from "@abstractruntime/core/store";
import { childFaults, deedFaults } from "../../../storage-fs/test/crash/deed-faults.ts";
import type { Picture, PicturedRun } from "../../../storage-fs/test/crash/picture.ts";
import type { Deed, Line } from "./job.ts";
import type { Accepted } from "./outside-world.ts";

/** What everybody was told and saw, to hold the database against. */
export interface Testimony {
  readonly runIds: readonly string[];
  readonly lines: readonly Line[];
  readonly accepted: readonly Accepted[];
}

export interface Verdict {
  /** What is not as it must be. */
  readonly faults: readonly string[];
  /** Runs, with children. */
  readonly runs: number;
  readonly commits: number;
  readonly deeds: number;
}

/** Read the whole database, and hold it against what was said. */
export async function judge(store: DurableStore, testimony: Testimony): Promise<Verdict> {
  const runs = await readAll(store);
  const { lines, accepted, runIds } = testimony;
  const deeds = lines.filter((line): line is Deed => line.kind === "deed");
  const picture: Picture = {
    runs,
    damaged: [],
    keeps: () => false,
    artifacts: new Set(),
    snapshots: new Set(),
  };
  const faults = [
    ...runIds.filter((runId) => !runs.has(runId)).map((runId) => `${runId} is lost`),
    ...lines.flatMap((line) => (line.kind === "fault" ? [line.text] : [])),
    ...[...runs.values()].flatMap(runFaults),
    ...lines.flatMap((line) => acknowledgedFaults(runs, line)),
    ...acceptedFaults(runs, accepted),
    ...childFaults(picture),
    ...deedFaults(picture, deeds, new Map()),
  ];
  const commits = [...runs.values()].reduce((sum, { run }) => sum + run.revision, 0);
  return { faults, runs: runs.size, commits, deeds: deeds.length };
}

async function readAll(store: DurableStore): Promise<ReadonlyMap<string, PicturedRun>> {
  const runs = new Map<string, PicturedRun>();
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await store.list({ limit: 500, ...(cursor && { cursor }) });
    for (const { run } of page.items) {
      const texts = await store.recordTexts(run.runId);
      const ledger = texts.map((text) => decodeRecord(text, run.runId));
      runs.set(run.runId, { run, ledger, texts, inbox: await store.readInbox(run.runId) });
    }
    cursor = page.nextCursor;
  }
  return runs;
}

/** A run has ended, its ledger folds to it, and has each revision once, by one commit. */
function runFaults({ run, ledger }: PicturedRun): readonly string[] {
  const faults: string[] = [];
  const { runId } = run;
  if (!isEnded(run)) faults.push(`${runId} has not ended: ${run.status} at ${run.currentNode}`);
  if (run.status !== "completed") faults.push(`${runId} is ${run.status}: ${run.error?.message}`);
  if (!isDeepStrictEqual(foldRun(ledger), run))
    faults.push(`${runId}: the fold of its ledger is not its state`);
  const commitIds = new Map<number, string>();
  for (const [index, record] of ledger.entries()) {
    if (record.seq !== index + 1) faults.push(`${runId}: record ${index + 1} is ${record.seq}`);
    const known = commitIds.get(record.revision) ?? record.commitId;
    if (known !== record.commitId) faults.push(`${runId}: two commits of ${record.revision}`);
    commitIds.set(record.revision, known);
  }
  if (commitIds.size !== run.revision) faults.push(`${runId}: ${commitIds.size} revisions`);
  if (new Set(commitIds.values()).size !== commitIds.size)
    faults.push(`${runId}: a commit was written twice`);
  return faults;
}

/** What the store acknowledged is there. */
function acknowledgedFaults(runs: ReadonlyMap<string, PicturedRun>, line: Line): readonly string[] {
  if (line.kind !== "committed") return [];
  const { runId, revision, commitId } = line;
  const written = runs
    .get(runId)
    ?.ledger.some((record) => record.revision === revision && record.commitId === commitId);
  return written === true ? [] : [`${runId}: acknowledged commit ${commitId} is lost`];
}

/** Each accepted message was consumed by one commit. */
function acceptedFaults(
  runs: ReadonlyMap<string, PicturedRun>,
  accepted: readonly Accepted[],
): readonly string[] {
  return accepted.flatMap(({ runId, messageId }) => {
    const { ledger = [], inbox = [] } = runs.get(runId) ?? {};
    const consumers = ledger.filter((r) => "messageId" in r && r.messageId === messageId);
    const unread = inbox.filter(({ message }) => message.messageId === messageId);
    const places = new Set(consumers.map(({ revision }) => revision)).size + unread.length;
    return places === 1 ? [] : [`${runId} has message ${messageId} ${places} times`];
  });
}
