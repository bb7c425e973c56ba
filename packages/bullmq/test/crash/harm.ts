import { setTimeout } from "node:timers/promises";
import type { Campaign } from "../../../storage-postgres/test/crash/campaign.ts";
import type { OwnPostgres, Shutdown } from "../../../storage-postgres/test/embedded-postgres.ts";
import type { OwnRedis } from "../redis.ts";
import type { Outage } from "./waits.ts";

type Harm = Campaign["disturb"];

/** A time to wait, by chance, in milliseconds. */
export interface Pause {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Kill workers with SIGKILL, one after another, until the work is done. */
export function killNowAndThen(pause: Pause): Harm {
  return async (fleet, random, signal) => {
    while (await passes(pause, random, signal)) await fleet.killOne(random());
  };
}

/** Loses what Redis holds: flushed, or killed and started again after a moment, in turn. */
export class RedisLosses {
  readonly #server: OwnRedis;
  readonly #pause: Pause;
  flushes = 0;
  restarts = 0;

  constructor(server: OwnRedis, pause: Pause) {
    this.#server = server;
    this.#pause = pause;
  }

  readonly disturb: Harm = async (_fleet, random, signal) => {
    while (await passes(this.#pause, random, signal)) {
      if (this.flushes <= this.restarts) {
        await this.#server.flush();
        this.flushes += 1;
      } else {
        await this.#server.kill();
        await setTimeout(random() * 1_500);
        await this.#server.start();
        this.restarts += 1;
      }
    }
  };
}

const ways: readonly Shutdown[] = ["fast", "immediate", "crash"];

/** Stops PostgreSQL in an orderly way, at once, and by SIGKILL to all of it, in turn, and starts it again after a moment. */
export class PostgresStops {
  readonly outages: Outage[] = [];
  readonly #server: OwnPostgres;
  readonly #pause: Pause;

  constructor(server: OwnPostgres, pause: Pause) {
    this.#server = server;
    this.#pause = pause;
  }

  readonly disturb: Harm = async (_fleet, random, signal) => {
    while (await passes(this.#pause, random, signal)) {
      const fromMs = Date.now();
      await this.#server.halt(ways[this.outages.length % ways.length] ?? "fast");
      await setTimeout(random() * 1_500);
      await this.#server.start();
      this.outages.push({ fromMs, toMs: Date.now() });
    }
  };
}

/** Wait for a while. @returns whether there is still work to do */
async function passes({ fromMs, toMs }: Pause, random: () => number, signal: AbortSignal) {
  await setTimeout(fromMs + random() * (toMs - fromMs), undefined, { signal }).catch(() => {});
  return !signal.aborted;
}
