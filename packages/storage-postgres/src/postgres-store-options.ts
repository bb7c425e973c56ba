import type { Clock, Logger } from "@abstractruntime/core/store";
import type pg from "pg";

export interface PostgresStoreOptions {
  /** A pool of the caller's, which stays open when the store closes. Either this or `connectionString`. */
  readonly pool?: pg.Pool;
  /** As of node-postgres; TLS by `sslmode` or `ssl`. */
  readonly connectionString?: string;
  /** As of node-postgres, for a pool that the store makes. It stands instead of what `connectionString` says of TLS. */
  readonly ssl?: pg.PoolConfig["ssl"];
  /** Connections of a pool that the store makes; 10 by default. */
  readonly maxConnections?: number;
  /** Where the tables are; `abstractruntime` by default. */
  readonly schema?: string;
  /** Whether to bring the schema to the present version first; true by default. Else it must be at it. */
  readonly migrate?: boolean;
  /** Batches of commits under way at the same time; 2 by default. More than 4 slow each other down. */
  readonly lanes?: number;
  /** Commits that travel together at the most; 500 by default. */
  readonly maxBatch?: number;
  /** Judges leases and due times instead of the database's clock, for tests. */
  readonly clock?: Pick<Clock, "now">;
  /** How many milliseconds an answer may take; 30,000 by default. After that it counts as lost: `store_unavailable`. */
  readonly timeoutMs?: number;
  readonly logger?: Logger;
  /** As in `ArtifactStoreOptions`. */
  readonly graceMs?: number;
}
