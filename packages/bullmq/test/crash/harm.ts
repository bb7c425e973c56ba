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
    for await (const _time of times(pace, random, signal)) await fleet.killOne(random());
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
    for await (const _time of times(this.#pace, random, signal)) {
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
    for await (const _time of times(this.#pace, random, signal)) {
      const fromMs = Date.now();
      await this.#server.halt(ways[this.outages.length % ways.length] ?? "fast");
      await setTimeout(random() * 1_500);
      await this.#server.start();
      this.outages.push({ fromMs, toMs: Date.now() });
    }
  };
}

/** Goes on each time that harm is to be done, until there is no work to do any more. */
async function* times(
  { fromMs, toMs, atMost = Infinity }: Pace,
  random: () => number,
  signal: AbortSignal,
): AsyncGenerator<number> {
  for (let time = 1; time <= atMost; time += 1) {
    await setTimeout(fromMs + random() * (toMs - fromMs), undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    yield time;
  }
}
