import {
  type Abortable,
  assertId,
  copyJson,
  decodeSnapshot,
  deepFreeze,
  encodeSnapshot,
  formatInstant,
  type Page,
  parseInstant,
  type Snapshot,
  snapshotFilter,
  type SnapshotFacts,
  type SnapshotQuery,
  type SnapshotStore,
} from "@abstractruntime/core/store";
import { textArray } from "../connection/binary-array.ts";
import type { Database } from "../connection/database.ts";
import { safeText } from "../connection/safe-text.ts";
import type { Guard } from "../guard.ts";
import { cutPage, pageLimit, readPlace } from "../list/newest-first.ts";

/** So many snapshots are looked through at once for a text or a tag. */
const SCAN = 500;

interface FactsRow {
  readonly snapshot_id: string;
  readonly created_ms: string;
  readonly facts: string;
}

/** Snapshots in PostgreSQL. Opened by `PostgresStore`. */
export class PostgresSnapshotStore implements SnapshotStore {
  readonly #database: Database;
  readonly #guard: Guard;

  constructor(database: Database, guard: Guard) {
    this.#database = database;
    this.#guard = guard;
  }

  save(snapshot: Snapshot, options?: Abortable): Promise<Snapshot> {
    return this.#guard.do(options, async () => {
      assertId(snapshot.snapshotId, "snapshot id");
      const updatedAt = formatInstant(await this.#now());
      // copyJson gives back the shape that it was given.
      const copy = copyJson({ ...snapshot, updatedAt }, "snapshot", {
        maxBytes: Infinity,
      }) as unknown as Snapshot;
      const { runId, name, description, tags } = copy;
      await this.#database.query(
        "save_snapshot",
        `insert into {s}.snapshots (snapshot_id, run_id, created_ms, facts, snapshot) values ($1, $2, $3, $4, $5)
on conflict (snapshot_id) do update set run_id = excluded.run_id, created_ms = excluded.created_ms,
  facts = excluded.facts, snapshot = excluded.snapshot`,
        [
          copy.snapshotId,
          runId,
          parseInstant(copy.createdAt),
          JSON.stringify({ runId, name, description, tags }),
          JSON.stringify(encodeSnapshot(copy)),
        ],
      );
      return copy;
    });
  }

  load(snapshotId: string, options?: Abortable): Promise<Snapshot | undefined> {
    return this.#guard.do(options, async () => (await this.#byId([snapshotId])).get(snapshotId));
  }

  delete(snapshotId: string, options?: Abortable): Promise<boolean> {
    return this.#guard.do(options, async () => {
      const { rowCount } = await this.#database.query(
        "delete_snapshot",
        "delete from {s}.snapshots where snapshot_id = $1",
        [safeText(snapshotId)],
      );
      return rowCount === 1;
    });
  }

  list(query: SnapshotQuery = {}, options?: Abortable): Promise<Page<Snapshot>> {
    return this.#guard.do(options, async () => {
      const limit = pageLimit(query.limit);
      const found = await this.#find(query, limit + 1);
      const page = cutPage(found, limit, (row) => ({
        ms: Number(row.created_ms),
        id: row.snapshot_id,
      }));
      const snapshots = await this.#byId(page.items.map((row) => row.snapshot_id));
      const items = page.items.flatMap((row) => snapshots.get(row.snapshot_id) ?? []);
      return { items, nextCursor: page.nextCursor };
    });
  }

  async close(): Promise<void> {
    await this.#guard.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Names, tags and descriptions are compared here: the database folds case and accents in its own way. */
  async #find(query: SnapshotQuery, count: number): Promise<readonly FactsRow[]> {
    const passes = snapshotFilter(query);
    const found: FactsRow[] = [];
    let after = readPlace(query.cursor);
    for (;;) {
      const { rows } = await this.#database.query<FactsRow>(
        "scan_snapshots",
        `select snapshot_id, created_ms, facts from {s}.snapshots
where ($1::text is null or run_id = $1)
  and ($2::bigint is null or created_ms < $2 or (created_ms = $2 and snapshot_id > $3))
order by created_ms desc, snapshot_id limit $4`,
        [
          query.runId === undefined || query.runId === "" ? null : safeText(query.runId),
          after?.ms ?? null,
          after?.id ?? null,
          SCAN,
        ],
      );
      for (const row of rows) if (passes(JSON.parse(row.facts) as SnapshotFacts)) found.push(row);
      const last = rows.at(-1);
      if (last === undefined || rows.length < SCAN || found.length >= count)
        return found.slice(0, count);
      after = { ms: Number(last.created_ms), id: last.snapshot_id };
    }
  }

  async #byId(ids: readonly string[]): Promise<ReadonlyMap<string, Snapshot>> {
    const { rows } = await this.#database.query<{ snapshot_id: string; snapshot: string }>(
      "load_snapshots",
      "select snapshot_id, snapshot from {s}.snapshots where snapshot_id = any($1::text[])",
      [textArray(ids.map(safeText))],
    );
    return new Map(
      rows.map(({ snapshot_id: id, snapshot }) => [
        id,
        deepFreeze(decodeSnapshot(JSON.parse(snapshot), `snapshot ${id}`)),
      ]),
    );
  }

  async #now(): Promise<number> {
    const { rows } = await this.#database.query<{ readonly now: string }>(
      "now",
      "select coalesce($1::bigint, {s}.clock_ms()) as now",
      [this.#database.now],
    );
    return Number(rows[0]?.now);
  }
}
