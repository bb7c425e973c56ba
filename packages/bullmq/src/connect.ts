import { Redis, type RedisOptions } from "ioredis";
import type { FleetOptions } from "./fleet-options.ts";

type Overrides = Pick<RedisOptions, "maxRetriesPerRequest" | "enableOfflineQueue">;

/** For whoever adds jobs: while Redis is away, a command fails instead of waiting. */
export const FAILS_FAST: Overrides = { maxRetriesPerRequest: 0, enableOfflineQueue: false };

/** For workers, as BullMQ wants it: a command waits until Redis is back. */
export const WAITS: Overrides = { maxRetriesPerRequest: null };

/** Open a connection like the one that the user gave; it goes on trying by itself. */
export function connect(given: FleetOptions["connection"], options: Overrides): Redis {
  if (typeof given === "string") return new Redis(given, options);
  return isClient(given) ? given.duplicate(options) : new Redis({ ...given, ...options });
}

/** Also one of another copy of ioredis. */
function isClient(given: object): given is Redis {
  return "duplicate" in given && typeof given.duplicate === "function";
}
