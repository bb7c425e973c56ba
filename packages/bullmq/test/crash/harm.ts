import { setTimeout } from "node:timers/promises";
import type { Campaign } from "../../../storage-postgres/test/crash/campaign.ts";
import type { OwnPostgres, Shutdown } from "../../../storage-postgres/test/embedded-postgres.ts";
import type { OwnRedis } from "../redis.ts";
import type { Outage } from "./waits.ts";

type Harm = Campaign["disturb"];

/** How often harm is done: after a time by chance, in milliseconds, again and again. */
export interface Pace {
  readonly fromMs: number;
  readonly toMs: number;
  /** Without a bound, a machine that is busy otherwise may never come to an end. */
  readonly atMost?: number;
}

/** Kill workers with SIGKILL, one after another, until the work is done. */
export function killNowAndThen(pace: Pace): Harm {
  return async (fleet, random, signal) => {
    const isTime = paced(pace, random, signal);
    while (await isTime()) await fleet.killOne(random());
  };
}

/** Loses what Redis holds: flushed, or killed and started again after a moment, in turn. */
export class RedisLosses {
  readonly #server: OwnRedis;
  readonly #pace: Pace;
  flushes = 0;
  restarts = 0;

  constructor(server: OwnRedis, pace: Pace) {
    this.#server = server;
    this.#pace = pace;
  }

  readonly disturb: Harm = async (_fleet, random, signal) => {
    const isTime = paced(this.#pace, random, signal);
    while (await isTime()) {
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
  readonly #pace: Pace;

  constructor(server: OwnPostgres, pace: Pace) {
    this.#server = server;
    this.#pace = pace;
  }

  readonly disturb: Harm = async (_fleet, random, signal) => {
    const isTime = paced(this.#pace, random, signal);
    while (await isTime()) {
      const fromMs = Date.now();
      await this.#server.halt(ways[this.outages.length % ways.length] ?? "fast");
      await setTimeout(random() * 1_500);
      await this.#server.start();
      this.outages.push({ fromMs, toMs: Date.now() });
    }
  };
}

/** Waits until harm is to be done, each time; says no when it was often enough, or there is no work to do any more. */
function paced(
  { fromMs, toMs, atMost = Infinity }: Pace,
  random: () => number,
  signal: AbortSignal,
): () => Promise<boolean> {
  let times = 0;
  return async () => {
    times += 1;
    if (times > atMost) return false;
    await setTimeout(fromMs + random() * (toMs - fromMs), undefined, { signal }).catch(() => {});
    return !signal.aborted;
  };
}
