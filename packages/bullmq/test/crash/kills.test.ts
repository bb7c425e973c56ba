import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Campaign, runCampaign } from "../../../storage-postgres/test/crash/campaign.ts";
import { killWorkers } from "../../../storage-postgres/test/crash/harm.ts";
import { startDatabase, type TestDatabase } from "../../../storage-postgres/test/database.ts";
import { type OwnRedis, startOwnRedis } from "../redis.ts";

const redis = await startOwnRedis();
let database: TestDatabase;

beforeAll(async () => {
  database = await startDatabase();
});
afterAll(async () => {
  await database.stop();
  await redis?.stop();
});
beforeEach(() => void (process.env["CRASH_REDIS_URL"] = redis?.url));
afterEach(() => delete process.env["CRASH_REDIS_URL"]);

/** Flush Redis, or kill it and start it again, by turns, until the work is done. */
function empty(server: OwnRedis): Campaign["disturb"] {
  return async (_fleet, random, signal) => {
    for (let turn = 0; !signal.aborted; turn += 1) {
      await new Promise((resolve) => setTimeout(resolve, 500 + random() * 1_000));
      if (turn % 2 === 0) await server.flush();
      else {
        await server.kill();
        await server.start();
      }
    }
  };
}

describe.skipIf(redis === null)("Processes of a fleet", () => {
  const server = redis as OwnRedis;

  it("may be killed at random: 200 runs complete, no committed effect is done again", async () => {
    const report = await runCampaign({
      url: database.url,
      runs: 200,
      workers: 3,
      seed: 21,
      script: join(import.meta.dirname, "worker.ts"),
      disturb: killWorkers(),
    });
    expect(report.kills).toBeGreaterThan(0);
  }, 300_000);

  it("may be killed while Redis loses everything now and then, too", async () => {
    const harms = [killWorkers(), empty(server)];
    const report = await runCampaign({
      url: database.url,
      runs: 100,
      workers: 3,
      seed: 22,
      script: join(import.meta.dirname, "worker.ts"),
      disturb: async (...given) => void (await Promise.all(harms.map((harm) => harm(...given)))),
    });
    expect(report.kills).toBeGreaterThan(0);
  }, 300_000);
});
