import { join } from "node:path";
import {
  type CampaignReport,
  type Progress,
  runCampaign,
} from "../../../storage-postgres/test/crash/campaign.ts";
import { startPostgres } from "../../../storage-postgres/test/embedded-postgres.ts";
import { LEASE_MS } from "../../../scheduler/test/fleet/driver-process.ts";
import { startOwnRedis } from "../redis.ts";
import { killNowAndThen, type Pause, PostgresStops, RedisLosses } from "./harm.ts";
import type { Roles } from "./roles.ts";
import { noteTakeovers, takeoversOf } from "./takeovers.ts";
import { type Wait, waitsOf } from "./waits.ts";

/** A campaign in which everything breaks again and again: workers, Redis and PostgreSQL. */
export interface FleetCampaign {
  readonly runs: number;
  readonly workers: number;
  readonly roles: Roles["roles"];
  readonly seed: number;
  /** At most so many runs are open at a time, so that somebody has room for each of them. */
  readonly openAtMost: number;
  /** From one kill, loss, or stop to the next. */
  readonly pauses: Readonly<Record<"workers" | "redis" | "postgres", Pause>>;
  /** What is not as it must be about how long runs waited whose drivers were killed. */
  readonly judgeWaits: (waits: readonly Wait[]) => readonly string[];
  readonly tell?: (progress: Progress) => void;
}

export interface FleetReport extends CampaignReport {
  readonly flushes: number;
  readonly redisRestarts: number;
  readonly postgresRestarts: number;
  readonly waits: readonly Wait[];
}

/**
 * On servers of its own. Null: there is no Redis, and it was said.
 *
 * @throws Error something is not as it must be
 */
export async function runFleetCampaign(campaign: FleetCampaign): Promise<FleetReport | null> {
  const { pauses, roles, judgeWaits, tell, ...size } = campaign;
  const redis = await startOwnRedis();
  if (redis === null) return null;
  const postgres = await startPostgres();
  const losses = new RedisLosses(redis, pauses.redis);
  const stops = new PostgresStops(postgres, pauses.postgres);
  const harms = [killNowAndThen(pauses.workers), losses.disturb, stops.disturb];
  const { url } = postgres;
  const given: Roles = { redisUrl: redis.url, roles };
  let waits: readonly Wait[] = [];
  try {
    const report = await runCampaign({
      ...size,
      url,
      script: join(import.meta.dirname, "worker.ts"),
      args: [JSON.stringify(given)],
      prepare: (schema) => noteTakeovers(url, schema),
      disturb: async (...all) => void (await Promise.all(harms.map((harm) => harm(...all)))),
      inspect: async (schema, { deaths }) => {
        const { outages } = stops;
        waits = waitsOf(await takeoversOf(url, schema), { leaseMs: LEASE_MS, deaths, outages });
        return judgeWaits(waits);
      },
      ...(tell !== undefined && { tell }),
    });
    const { flushes, restarts: redisRestarts } = losses;
    return { ...report, flushes, redisRestarts, postgresRestarts: stops.outages.length, waits };
  } finally {
    await redis.stop();
    await postgres.stop();
  }
}
