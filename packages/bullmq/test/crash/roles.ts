/** What a process of a campaign is: a scheduler without Redis, or a part of a fleet that dispatches or only drives. */
export type Role = "scheduler" | "dispatching" | "driving";

/** What workers are given besides their jobs, as JSON. */
export interface Roles {
  readonly redisUrl: string;
  /** What the keys of their queue begin with. */
  readonly prefix: string;
  /** By place, from the beginning again where there are more places. */
  readonly roles: readonly Role[];
}
