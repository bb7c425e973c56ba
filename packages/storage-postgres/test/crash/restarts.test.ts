import { afterAll, beforeAll, expect, it } from "vitest";
import { type OwnPostgres, type Shutdown, startPostgres } from "../embedded-postgres.ts";
import { runCampaign } from "./campaign.ts";

/** How often the server is stopped, by PG_CAMPAIGN_STOPS: 12 take two minutes. */
const stops = Number(process.env["PG_CAMPAIGN_STOPS"] ?? 2);

const DOWN_MS = 2_000;
/** From one stop to the next. In the short version the load comes at once. */
const PERIOD_MS = stops > 2 ? 10_000 : 4_000;
const ways: readonly Shutdown[] = ["immediate", "fast", "crash"];

let server: OwnPostgres;

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(() => server.stop());

it(
  `loses nothing and loses no process while the server is stopped ${stops} times`,
  async () => {
    let stopped = 0;
    let underLoad = 0;
    const report = await runCampaign({
      url: server.url,
      runs: stops * 60,
      workers: 2,
      seed: 4,
      // All stops come, also where the work is done before the last of them.
      async disturb(_fleet, _random, signal) {
        for (; stopped < stops; stopped += 1) {
          await pause(PERIOD_MS - DOWN_MS);
          if (!signal.aborted) underLoad += 1;
          await server.halt(ways[stopped % ways.length] ?? "fast");
          await pause(DOWN_MS);
          await server.start();
        }
      },
    });
    expect(report.faults).toEqual([]);
    expect(report.kills).toBe(0);
    expect(stopped).toBe(stops);
    expect(underLoad).toBeGreaterThanOrEqual(stops / 2);
  },
  120_000 + stops * 60_000,
);

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
