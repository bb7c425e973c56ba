import { join } from "node:path";
import { expect, it } from "vitest";
import { runCampaign } from "../../../storage-postgres/test/crash/campaign.ts";
import { killWorkers } from "../../../storage-postgres/test/crash/harm.ts";
import { startDatabase } from "../../../storage-postgres/test/database.ts";

it("processes with a scheduler each, killed at random: every run completes, no committed effect is done again", async () => {
  const database = await startDatabase();
  try {
    const report = await runCampaign({
      url: database.url,
      runs: 120,
      workers: 3,
      seed: 11,
      script: join(import.meta.dirname, "worker.ts"),
      disturb: killWorkers(),
    });
    expect(report.kills).toBeGreaterThan(0);
  } finally {
    await database.stop();
  }
}, 300_000);
