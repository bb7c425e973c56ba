import { afterAll, beforeAll, expect, it } from "vitest";
import { type OwnPostgres, startPostgres } from "../embedded-postgres.ts";
import { runCampaign } from "./campaign.ts";
import { ServerStops } from "./harm.ts";

let server: OwnPostgres;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

it("loses nothing and loses no process while the server is stopped again and again", async () => {
  const stops = new ServerStops(server, 3, 4_000); // the first one early: the load comes at once
  const report = await runCampaign({
    url: server.url,
    runs: 150,
    workers: 2,
    seed: 4,
    disturb: stops.disturb,
  });
  expect(report.faults).toEqual([]);
  expect(report.kills).toBe(0);
  expect(stops.stopped).toBe(3);
  expect(stops.underLoad).toBeGreaterThanOrEqual(2);
}, 300_000);
