import {
  assertFound,
  assertUnchanged,
  type Change,
  isAbstractRuntimeError,
  isEnded,
  type NewRun,
} from "@abstractruntime/core/store";
import type { Database } from "../connection/database.ts";
import { loadHeads } from "../read/load-heads.ts";
import {
  commitBatch,
  pendingCommit,
  type PendingCommit,
  type WrittenCommit,
} from "./commit-batch.ts";
import { createStatement } from "./create-statement.ts";
import { touchedRuns } from "./elsewhere.ts";
import type { Touched } from "./footprint.ts";
import { stateText } from "./head-facts.ts";
import { RunSizes } from "./run-sizes.ts";
import { type BatchOutcome, WriteQueue } from "./write-queue.ts";

/** The answer to a commit: what was written, or that it had been written before. */
export interface CommitAnswer {
  readonly inboxSeq: number;
}

type Write =
  | (Touched & { readonly kind: "commit"; readonly commit: PendingCommit })
  | (Touched & { readonly kind: "create"; readonly run: NewRun });

/** The answer to a creation: whether this call brought the run into being, and the database's time. */
export interface CreateAnswer {
  readonly created: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

type Answer = CommitAnswer | CreateAnswer;

interface CreatedRow {
  readonly born: readonly string[];
  readonly now: string;
}

/** How often a change that found its row in order after all is sent again. */
const MAX_RETRIES = 20;

/** Writes heads and ledgers, several at a time. */
export class Writer {
  readonly #database: Database;
  readonly #sizes: RunSizes;
  readonly #queue: WriteQueue<Write["kind"], Write, Answer>;

  constructor(database: Database, sizes: RunSizes, options: { lanes: number; maxBatch: number }) {
    this.#database = database;
    this.#sizes = sizes;
    this.#queue = new WriteQueue({ ...options, send: (batch) => this.#send(batch) });
  }

  /** @throws run_not_found, lease_lost, run_leased, revision_conflict, inbox_changed, store_unavailable */
  async commit(change: Change): Promise<CommitAnswer> {
    const commit = pendingCommit(change, (bytes) =>
      this.#sizes.isCheckpointDue(change.runId, bytes) && !isEnded(change.run)
        ? stateText(change.run)
        : null,
    );
    const touched = touchedRuns(change.runId, change);
    const answer = await this.#queue.add({ kind: "commit", ...touched, commit });
    if (isEnded(change.run)) this.#sizes.forget(change.runId);
    return "inboxSeq" in answer ? answer : { inboxSeq: change.inboxSeq };
  }

  async create(run: NewRun): Promise<CreateAnswer> {
    const touched = touchedRuns(run.run.runId, run);
    const answer = await this.#queue.add({ kind: "create", ...touched, run });
    return "created" in answer ? answer : { created: false, now: 0 };
  }

  /** A batch that fails as a whole is sent again one by one: one bad write does not sink its neighbours. */
  async #send(batch: readonly Write[]): Promise<readonly BatchOutcome<Answer>[]> {
    try {
      return await this.#sendTogether(batch);
    } catch (error) {
      if (batch.length === 1 || isAbstractRuntimeError(error, "store_unavailable"))
        return batch.map(() => ({ error }));
    }
    const outcomes: BatchOutcome<Answer>[] = [];
    for (const write of batch) outcomes.push(...(await this.#send([write])));
    return outcomes;
  }

  async #sendTogether(batch: readonly Write[]): Promise<readonly BatchOutcome<Answer>[]> {
    if (batch[0]?.kind === "create") return this.#create(batch);
    const commits = batch.flatMap((write) => (write.kind === "commit" ? [write.commit] : []));
    const written = await commitBatch(this.#database, commits);
    return Promise.all(commits.map((commit) => this.#outcomeOf(commit, written)));
  }

  async #create(batch: readonly Write[]): Promise<readonly BatchOutcome<Answer>[]> {
    const runs = batch.flatMap((write) => (write.kind === "create" ? [write.run] : []));
    const { name, text, values } = createStatement(runs, this.#database.now);
    const { rows } = await this.#database.query<CreatedRow>(name, text, values);
    const born = new Set(rows[0]?.born);
    const now = Number(rows[0]?.now);
    return runs.map(({ run }) => ({ result: { created: born.has(run.runId), now } }));
  }

  async #outcomeOf(
    commit: PendingCommit,
    written: ReadonlyMap<string, WrittenCommit>,
  ): Promise<BatchOutcome<Answer>> {
    const found = written.get(commit.change.runId);
    if (found === undefined) return this.#unwritten(commit);
    this.#sizes.note(commit.change.runId, found.size);
    return { result: found };
  }

  /** Why a change was left out: it had been written before, or somebody else came first. */
  async #unwritten(commit: PendingCommit): Promise<BatchOutcome<Answer>> {
    const { change } = commit;
    try {
      for (let retries = 0; ; retries += 1) {
        const { now, rows } = await loadHeads(this.#database, [change.runId]);
        const row = rows.get(change.runId);
        assertFound(row, change.runId);
        if (row.commitId === change.commitId) return { result: { inboxSeq: row.inboxSeq } };
        assertUnchanged(row, change, now);
        const written = (await commitBatch(this.#database, [commit])).get(change.runId);
        if (written !== undefined) {
          this.#sizes.note(change.runId, written.size);
          return { result: written };
        }
        if (retries >= MAX_RETRIES)
          throw new Error(`${change.runId}: its row changes all the time`);
      }
    } catch (error) {
      return { error };
    }
  }
}
