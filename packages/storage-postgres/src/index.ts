export type { StoreStats } from "./stats/store-stats.ts";
export type { Enqueued, Transaction } from "./write/enqueue.ts";
export type { PostgresStoreOptions } from "./postgres-store-options.ts";
export { PostgresStore } from "./postgres-store.ts";
