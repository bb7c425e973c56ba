import {
  type Abortable,
  type Change,
  checkChange,
  checkTexts,
  checkWakeAts,
  type ChildPage,
  type Claimed,
  type ClaimRequest,
  type Committed,
  decodeRecord,
  deepFreeze,
  type Delivery,
  type DurableStore,
  type InboxMessage,
  isStartedAlike,
  type KeptEvent,
  type LedgerRecord,
  type Message,
  type NewRun,
  type Page,
  type Published,
  type Purged,
  type PurgeRequest,
  prepareById,
  type PrepareByIdOptions,
  prepareRun,
  type PrepareOptions,
  type RecordRange,
  type RunQuery,
  silentLogger,
  type StoreCapabilities,
  type StoredRun,
  type Workflow,
} from "@abstractruntime/core/store";
import type pg from "pg";
import { claimDue } from "./claim/claim-due.ts";
import { giveBack, renew } from "./claim/leases.ts";
import { DueListener } from "./connection/due-listener.ts";
import { Database } from "./connection/database.ts";
import { ignore, poolOf } from "./connection/pool-of.ts";
import { asStoreError } from "./connection/pg-error.ts";
import { listChildren, listRuns } from "./list/list-runs.ts";
import { publish, takeKept } from "./message/events.ts";
import { deliver, readInbox } from "./message/inbox.ts";
import { Guard } from "./guard.ts";
import { PostgresArtifactStore } from "./artifact/postgres-artifact-store.ts";
import { PostgresSnapshotStore } from "./snapshot/postgres-snapshot-store.ts";
import { purgeRuns } from "./purge/purge-runs.ts";
import { foldableTexts, recordTexts } from "./read/record-texts.ts";
import { LoadQueue } from "./read/load-queue.ts";
import type { PostgresStoreOptions } from "./postgres-store-options.ts";
import { assertVersion, migrate, plan } from "./schema/migrate.ts";
import { assertSchemaName } from "./schema/schema-name.ts";
import { storeStats, type StoreStats } from "./stats/store-stats.ts";
import { createRun } from "./write/create-run.ts";
import { enqueue, isSameStart, type Enqueued, type Transaction } from "./write/enqueue.ts";
import { RunSizes } from "./write/run-sizes.ts";
import { Writer } from "./write/writer.ts";

const defaultSchema = "abstractruntime";

/**
 * Runs in PostgreSQL (14 to 18), for any number of processes on any number of machines.
 *
 * A commit is one statement. Commits of one process travel together: while one batch is on its way the next fills, so that
 * load makes batches and not waiting. What is due is judged by the database's clock.
 */
export class PostgresStore implements DurableStore {
  readonly capabilities: StoreCapabilities = {
    survives: "power_cut",
    writers: "many_processes",
    reopens: true,
  };
  readonly #schema: string;
  readonly #database: Database;
  readonly #sizes = new RunSizes();
  readonly #loads: LoadQueue;
  readonly #writer: Writer;
  readonly #due: DueListener;
  readonly #guard: Guard;
  readonly artifacts: PostgresArtifactStore;
  readonly snapshots: PostgresSnapshotStore;

  private constructor(pool: pg.Pool, ownsPool: boolean, options: PostgresStoreOptions) {
    const {
      schema = defaultSchema,
      clock,
      lanes = 2,
      maxBatch = 500,
      timeoutMs = 30_000,
      logger = silentLogger,
    } = options;
    this.#schema = schema;
    this.#database = new Database(pool, schema, {
      clock: clock === undefined ? null : () => clock.now(),
      timeoutMs,
    });
    this.#loads = new LoadQueue(this.#database, this.#sizes);
    this.#due = new DueListener(pool, schema, logger);
    this.#guard = new Guard("this store", async () => {
      this.#due.close();
      if (ownsPool) await pool.end();
      else pool.off("error", ignore);
    });
    const apart = (): Guard => new Guard("this store", async () => {});
    const { graceMs = 0 } = options;
    this.artifacts = new PostgresArtifactStore(this.#database, apart(), { graceMs });
    this.snapshots = new PostgresSnapshotStore(this.#database, apart());
    this.#writer = new Writer(this.#database, this.#sizes, { lanes, maxBatch });
  }

  /** @throws invalid_argument, store_unavailable */
  static async open(options: PostgresStoreOptions): Promise<PostgresStore> {
    const { schema = defaultSchema } = options;
    assertSchemaName(schema);
    const { pool, isOwn } = poolOf(options);
    pool.on("error", ignore);
    try {
      if (options.migrate === false) await assertVersion(pool, schema);
      else await migrate(pool, schema);
    } catch (error) {
      if (isOwn) await pool.end();
      else pool.off("error", ignore);
      throw asStoreError(error);
    }
    return new PostgresStore(pool, isOwn, options);
  }

  /** The SQL that makes the schema, or brings it from version `from` to the present one, for a DBA to read and run. */
  static plan(schema: string = defaultSchema, from = 0): string {
    return plan(schema, from);
  }

  async create(
    run: NewRun,
    options?: Abortable,
  ): Promise<{ readonly created: boolean; readonly stored: StoredRun }> {
    return this.#guard.do(options, async () => {
      checkWakeAts([run]);
      checkTexts(run);
      const parts = { database: this.#database, sizes: this.#sizes, writer: this.#writer };
      const created = await createRun(parts, run);
      if (run.lease === null && run.wakeAt !== null) this.#due.tell();
      return created;
    });
  }

  async commit(change: Change, options?: Abortable): Promise<Committed> {
    return this.#guard.do(options, async () => {
      checkChange(change, { seq: (change.records[0]?.seq ?? 1) - 1 });
      checkWakeAts([change, ...change.children]);
      const { inboxSeq } = await this.#writer.commit(change);
      if (change.lease === null && change.wakeAt !== null) this.#due.tell();
      const { runId, inboxSeq: after } = change;
      const messages = inboxSeq > after ? await readInbox(this.#database, runId, { after }) : [];
      return { inboxSeq, messages };
    });
  }

  async load(runId: string, options?: Abortable): Promise<StoredRun | undefined> {
    return this.#guard.do(options, () => this.#loads.load(runId));
  }

  async list(query: RunQuery = {}, options?: Abortable): Promise<Page<StoredRun>> {
    return this.#guard.do(options, () => listRuns(this.#database, this.#sizes, query));
  }

  async listChildren(
    parentRunId: string,
    page: ChildPage = {},
    options?: Abortable,
  ): Promise<Page<StoredRun>> {
    return this.#guard.do(options, () =>
      listChildren(this.#database, this.#sizes, parentRunId, page),
    );
  }

  async records(
    runId: string,
    range: RecordRange = {},
    options?: Abortable,
  ): Promise<readonly LedgerRecord[]> {
    return this.#guard.do(options, async () => {
      const texts = await foldableTexts(this.#database, runId, range);
      const records = texts.map((text, index) => decodeRecord(text, `run ${runId}, line ${index}`));
      return Object.freeze(records.map(deepFreeze));
    });
  }

  async recordTexts(
    runId: string,
    range: RecordRange = {},
    options?: Abortable,
  ): Promise<readonly string[]> {
    return this.#guard.do(options, () => recordTexts(this.#database, runId, range));
  }

  async claimDue(request: ClaimRequest, options?: Abortable): Promise<Claimed> {
    return this.#guard.do(options, () => claimDue(this.#database, this.#sizes, request));
  }

  async renew(
    leases: readonly { readonly runId: string; readonly leaseId: string }[],
    leaseMs: number,
    options?: Abortable,
  ): Promise<ReadonlyMap<string, number>> {
    return this.#guard.do(options, () => renew(this.#database, leases, leaseMs));
  }

  async giveBack(
    back: Parameters<DurableStore["giveBack"]>[0],
    options?: Abortable,
  ): Promise<void> {
    return this.#guard.do(options, async () => {
      await giveBack(this.#database, back);
      if (back.wakeAt !== null) this.#due.tell();
    });
  }

  async deliver(runId: string, message: Message, options?: Abortable): Promise<Delivery> {
    return this.#guard.do(options, () => deliver(this.#database, runId, message));
  }

  async readInbox(
    runId: string,
    range?: { readonly after?: number; readonly limit?: number },
    options?: Abortable,
  ): Promise<readonly InboxMessage[]> {
    return this.#guard.do(options, () => readInbox(this.#database, runId, range));
  }

  async publish(event: KeptEvent, options?: Abortable): Promise<Published> {
    return this.#guard.do(options, () => publish(this.#database, event));
  }

  async takeKept(runId: string, keys: readonly string[], options?: Abortable): Promise<number> {
    return this.#guard.do(options, () => takeKept(this.#database, runId, keys));
  }

  async purge(request: PurgeRequest, options?: Abortable): Promise<Purged> {
    return this.#guard.do(options, () => purgeRuns(this.#database, this.artifacts, request));
  }

  /**
   * Start a run within a transaction of the caller's: it is there, and due for whoever drives, once that commits, and never
   * was when it is rolled back. Nothing is driven here. With an `id` that exists, that run is found.
   *
   * @param transaction the client that has begun it, on this store's database
   * @param workflow its id will do where its code is elsewhere: `vars` are its `input` then, as for `Client.start`
   * @throws as `Runtime.start`, or `Client.start`; store_unavailable and invalid_argument: roll back
   */
  enqueueInTransaction<Output, Input>(
    transaction: Transaction,
    // oxlint-disable-next-line typescript/no-explicit-any -- the vars' type is between the workflow and its handlers
    workflow: Workflow<any, Output, Input>,
    options?: PrepareOptions<Input>,
  ): Promise<Enqueued>;
  enqueueInTransaction(
    transaction: Transaction,
    workflow: string,
    options?: PrepareByIdOptions,
  ): Promise<Enqueued>;
  enqueueInTransaction(
    transaction: Transaction,
    workflow: Workflow | string,
    options: PrepareOptions<unknown> & PrepareByIdOptions = {},
  ): Promise<Enqueued> {
    return this.#guard.do(undefined, async () => {
      const isById = typeof workflow === "string";
      return enqueue(transaction, {
        given: isById ? prepareById(workflow, options) : await prepareRun(workflow, options),
        isAlike: isById ? isStartedAlike : isSameStart,
        schema: this.#schema,
        testNow: this.#database.now,
      });
    });
  }

  /** How much there is. It reads every row, and is for somebody who looks now and then. */
  stats({ largest = 10 }: { readonly largest?: number } = {}): Promise<StoreStats> {
    return this.#guard.do(undefined, () => storeStats(this.#database, largest));
  }

  /** Hears of what this process lets go, and by LISTEN of runs that others make due now. What others let go for later, it hears not. */
  onDue(listener: () => void): () => void {
    return this.#due.add(listener);
  }

  close(): Promise<void> {
    return this.#guard.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
