import { afterAll, beforeAll, expect, it } from "vitest";
import { startDatabase, type TestDatabase } from "../database.ts";
import { runCampaign } from "./campaign.ts";

/** Runs that are started, by PG_CAMPAIGN_RUNS, and the schedule, by PG_CAMPAIGN_SEED. */
const runs = Number(process.env["PG_CAMPAIGN_RUNS"] ?? 150);
const seed = Number(process.env["PG_CAMPAIGN_SEED"] ?? 1);

let database: TestDatabase;

beforeAll(async () => {
  database = await startDatabase();
});
afterAll(() => database.stop());

it(
  `loses nothing and does nothing twice in ${runs} runs, whose workers are killed again and again`,
  async () => {
    const report = await runCampaign({
      url: database.url,
      runs,
      workers: 3,
      seed,
      async disturb(fleet, random, signal) {
        while (!signal.aborted) {
          await new Promise((resolve) => setTimeout(resolve, 300 + random() * 1_500));
          if (!signal.aborted) await fleet.killOne(random());
        }
      },
    });
    expect(report.faults).toEqual([]);
    expect(report.runs).toBeGreaterThanOrEqual(runs);
    expect(report.kills).toBeGreaterThan(0);
  },
  60_000 + runs * 500,
);
