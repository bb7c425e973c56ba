// A long campaign by hand: see the README.
import { parseArgs } from "node:util";
import { startDatabase } from "../database.ts";
import { startPostgres } from "../embedded-postgres.ts";
import { type CampaignReport, type Progress, runCampaign } from "./campaign.ts";
import { killWorkers, ServerStops } from "./harm.ts";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "1000" },
    workers: { type: "string", default: "3" },
    seed: { type: "string", default: "1" },
    stops: { type: "string", default: "0" },
    every: { type: "string", default: "10" },
  },
});
const [runs, workers, seed] = [values.runs, values.workers, values.seed].map(wholeNumber);
const [stops, every] = [values.stops, values.every].map(wholeNumber);
const size = { runs: runs ?? 0, workers: workers ?? 0, seed: seed ?? 0 };

const report = stops ? await underStops(stops, (every ?? 0) * 1_000) : await underKills();
console.log(
  [
    `${report.runs} runs with children, ${report.commits} commits, ${report.deeds} deeds, ${report.seconds} s, seed ${size.seed}`,
    `workers killed: ${report.kills}; workers that ended by themselves: 0`,
    "lost: 0; doubled commits: 0; effects against their contract: 0; ledger = state for every run",
  ].join("\n"),
);

async function underKills(): Promise<CampaignReport> {
  const database = await startDatabase();
  const result = await runCampaign({
    url: database.url,
    ...size,
    disturb: killWorkers(),
    tell,
  });
  await database.stop(); // after a fault it stays, for a look
  return result;
}

async function underStops(count: number, periodMs: number): Promise<CampaignReport> {
  const server = await startPostgres();
  const harm = new ServerStops(server, count, periodMs);
  const { disturb } = harm;
  try {
    const result = await runCampaign({ url: server.url, ...size, disturb, tell });
    console.log(`server stopped: ${harm.stopped} times, ${harm.underLoad} of them under load`);
    return result;
  } finally {
    await server.stop();
  }
}

function tell({ seconds, ended, open, kills }: Progress): void {
  console.log(`${seconds} s: ${ended} runs ended, ${open} open, ${kills} kills`);
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`${text} is no whole number`);
  return Number(text);
}
