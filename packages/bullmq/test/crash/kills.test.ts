import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCampaign } from "../../../storage-postgres/test/crash/campaign.ts";
import { startDatabase, type TestDatabase } from "../../../storage-postgres/test/database.ts";
import { startRedis } from "../redis.ts";
import { runFleetCampaign } from "./fleet-campaign.ts";
import { killNowAndThen } from "./harm.ts";
import type { Roles } from "./roles.ts";

const redis = await startRedis();
let database: TestDatabase;

beforeAll(async () => {
  database = await startDatabase();
});
afterAll(async () => {
  await database.stop();
  await redis?.stop();
});

describe.skipIf(redis === null)("Processes of a fleet", () => {
  it("may be killed at random: 100 runs complete, no committed effect is done again", async () => {
    const { url: redisUrl = "", prefix = "" } = redis ?? {};
    const roles: Roles = { redisUrl, prefix, roles: ["dispatching"] };
    const report = await runCampaign({
      url: database.url,
      runs: 100,
      workers: 3,
      seed: 21,
      script: join(import.meta.dirname, "worker.ts"),
      args: [JSON.stringify(roles)],
      disturb: killNowAndThen({ fromMs: 500, toMs: 2_000, atMost: 8 }),
    });
    expect(report.kills).toBeGreaterThan(0);
  }, 300_000);

  it("share their runs with schedulers, and survive the loss of Redis and stops of PostgreSQL", async () => {
    const report = await runFleetCampaign({
      runs: 200,
      workers: 3,
      roles: ["dispatching", "scheduler", "driving"],
      seed: 22,
      openAtMost: 100,
      paces: {
        workers: { fromMs: 1_000, toMs: 4_000, atMost: 6 },
        redis: { fromMs: 1_000, toMs: 3_000, atMost: 2 },
        postgres: { fromMs: 4_000, toMs: 6_000, atMost: 1 },
      },
      enough: new AbortController().signal,
    });
    expect(report).toMatchObject({ faults: [] });
    const { kills = 0, flushes = 0, redisRestarts = 0, postgresRestarts = 0 } = report ?? {};
    for (const harms of [kills, flushes, redisRestarts, postgresRestarts])
      expect(harms).toBeGreaterThan(0);
    expect(report?.waits.length).toBeGreaterThan(0);
  }, 300_000);
});
