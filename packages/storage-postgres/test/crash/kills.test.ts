import { afterAll, beforeAll, expect, it } from "vitest";
import { startDatabase, type TestDatabase } from "../database.ts";
import { runCampaign } from "./campaign.ts";
import { killWorkers } from "./harm.ts";

const runs = 150;

let database: TestDatabase;

beforeAll(async () => {
  database = await startDatabase();
});
afterAll(() => database.stop());

it(`loses nothing and does nothing twice in ${runs} runs, whose workers are killed again and again`, async () => {
  const report = await runCampaign({
    url: database.url,
    runs,
    workers: 3,
    seed: 1,
    disturb: killWorkers(),
  });
  expect(report.faults).toEqual([]);
  expect(report.runs).toBeGreaterThanOrEqual(runs);
  expect(report.kills).toBeGreaterThan(0);
}, 300_000);
