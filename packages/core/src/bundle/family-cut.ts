import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { InboxMessage, Message } from "../inbox/message.ts";
import type { Abortable } from "../ports/abortable.ts";
import type { DurableStore, StoredRun } from "../ports/durable-store.ts";
import { isEnded, type RunState } from "../run/run-state.ts";

/** A run as it was in one moment, with what nobody had read of its inbox. */
export interface CutRun {
  /** Without what the run works on: its ledger up to `seq` says that. */
  readonly run: Pick<
    RunState,
    | "runId"
    | "workflowId"
    | "workflowVersion"
    | "graphHash"
    | "status"
    | "paused"
    | "revision"
    | "seq"
  >;
  readonly messages: readonly Message[];
}

const attempts = 20;

/**
 * A run and all runs below it as they were in one and the same moment, parents before their children: read twice, and
 * nothing had changed in between.
 *
 * @throws run_not_found; revision_conflict they went on whenever they were read
 */
export async function cutFamily(
  store: DurableStore,
  runId: string,
  options: Abortable,
): Promise<readonly CutRun[]> {
  let before = await readFamily(store, runId, options);
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const cut: CutRun[] = [];
    for (const { run, unread } of before)
      cut.push({ run, messages: unread ? await readMessages(store, run.runId, options) : [] });
    const after = await readFamily(store, runId, options);
    if (isSame(before, after)) return cut;
    before = after;
  }
  throw new AbstractRuntimeError(
    "revision_conflict",
    `run ${runId} or one below it goes on whenever it is read: pause it with its children first`,
    { details: { runId } },
  );
}

interface Sighting {
  readonly run: CutRun["run"];
  /** Differs from that of every other moment in which the run or its inbox was another. */
  readonly version: string;
  readonly unread: boolean;
}

async function readFamily(
  store: DurableStore,
  runId: string,
  options: Abortable,
): Promise<readonly Sighting[]> {
  const root = await store.load(runId, options);
  if (root === undefined)
    throw new AbstractRuntimeError("run_not_found", `there is no run ${runId}: check the id`, {
      details: { runId },
    });
  const family = [sightingOf(root)];
  for (const { run } of family) {
    let cursor: string | null = null;
    do {
      const page = { limit: 1_000, ...(cursor !== null && { cursor }) };
      const { items, nextCursor } = await store.listChildren(run.runId, page, options);
      family.push(...items.map(sightingOf));
      cursor = nextCursor;
    } while (cursor !== null);
  }
  return family;
}

function sightingOf({ run, head }: StoredRun): Sighting {
  const { runId, workflowId, workflowVersion, graphHash, status, paused, revision, seq } = run;
  return {
    run: { runId, workflowId, workflowVersion, graphHash, status, paused, revision, seq },
    version: JSON.stringify([runId, revision, head.commitId, head.inboxSeq]),
    unread: head.inboxSize > 0 && !isEnded(run),
  };
}

function isSame(one: readonly Sighting[], other: readonly Sighting[]): boolean {
  const versions = new Set(one.map(({ version }) => version));
  return one.length === other.length && other.every(({ version }) => versions.has(version));
}

/** Unread messages, without those that a store makes itself of what it counts. */
async function readMessages(
  store: DurableStore,
  runId: string,
  options: Abortable,
): Promise<readonly Message[]> {
  const inbox: readonly InboxMessage[] = await store.readInbox(runId, {}, options);
  return inbox.map(({ message }) => message).filter(({ kind }) => kind !== "join_due");
}
