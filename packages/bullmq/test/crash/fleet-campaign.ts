import { join } from "node:path";
import {
  type CampaignReport,
  type Progress,
  runCampaign,
} from "../../../storage-postgres/test/crash/campaign.ts";
import { startPostgres } from "../../../storage-postgres/test/embedded-postgres.ts";
import { LEASE_MS } from "../../../scheduler/test/fleet/driver-process.ts";
import { startOwnRedis } from "../redis.ts";
import { claimsIn, noteClaims } from "./claims.ts";
import { killNowAndThen, type Pace, PostgresStops, RedisLosses } from "./harm.ts";
import type { Roles } from "./roles.ts";
import { type Wait, waitsIn } from "./waits.ts";

/** A campaign in which everything breaks again and again: workers, Redis and PostgreSQL. */
export interface FleetCampaign {
  readonly runs: number;
  readonly workers: number;
  readonly roles: Roles["roles"];
  readonly seed: number;
  /** At most so many runs are open at a time, so that somebody has room for each of them. */
  readonly openAtMost: number;
  /** From one kill, loss, or stop to the next. */
  readonly paces: Readonly<Record<"workers" | "redis" | "postgres", Pace>>;
  /** When aborted, no more runs are started. */
  readonly enough: AbortSignal;
  readonly tell?: (progress: Progress) => void;
}

export interface FleetReport extends CampaignReport {
  readonly flushes: number;
  readonly redisRestarts: number;
  readonly postgresRestarts: number;
  /** Of runs whose drivers were killed. */
  readonly waits: readonly Wait[];
}

/**
 * On servers of its own. Null: there is no Redis, and it was said.
 *
 * @throws Error something is not as it must be
 */
export async function runFleetCampaign(campaign: FleetCampaign): Promise<FleetReport | null> {
  const { paces, roles, tell, ...size } = campaign;
  const redis = await startOwnRedis();
  if (redis === null) return null;
  const postgres = await startPostgres();
  const losses = new RedisLosses(redis, paces.redis);
  const stops = new PostgresStops(postgres, paces.postgres);
  const harms = [killNowAndThen(paces.workers), losses.disturb, stops.disturb];
  const { url } = postgres;
  const given: Roles = { redisUrl: redis.url, prefix: "campaign", roles };
  let waits: readonly Wait[] = [];
  try {
    const report = await runCampaign({
      ...size,
      url,
      script: join(import.meta.dirname, "worker.ts"),
      args: [JSON.stringify(given)],
      prepare: (schema) => noteClaims(url, schema),
      disturb: async (...all) => void (await Promise.all(harms.map((harm) => harm(...all)))),
      inspect: async (schema, { deaths }) => {
        const { outages } = stops;
        waits = waitsIn(await claimsIn(url, schema), { leaseMs: LEASE_MS, deaths, outages });
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
