// A long campaign by hand: see the README.
import { parseArgs } from "node:util";
import { LEASE_MS } from "../../../scheduler/test/fleet/driver-process.ts";
import { type FleetReport, runFleetCampaign } from "./fleet-campaign.ts";
import { distribution } from "./waits.ts";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "1000" },
    workers: { type: "string", default: "4" },
    seed: { type: "string", default: "1" },
    minutes: { type: "string", default: "60" },
  },
});
const [runs, workers, seed, minutes] = (["runs", "workers", "seed", "minutes"] as const).map(
  (name) => wholeNumber(values[name]),
);

const report = await runFleetCampaign({
  runs: runs ?? 0,
  workers: workers ?? 0,
  seed: seed ?? 0,
  openAtMost: 240,
  roles: ["scheduler", "dispatching", "scheduler", "dispatching", "driving"],
  paces: {
    workers: { fromMs: 1_000, toMs: 5_000 },
    redis: { fromMs: 5_000, toMs: 15_000 },
    postgres: { fromMs: 20_000, toMs: 40_000 },
  },
  enough: AbortSignal.timeout((minutes ?? 0) * 60_000),
  tell: ({ seconds, ended, open, kills }) =>
    console.log(`${seconds} s: ${ended} runs ended, ${open} open, ${kills} kills`),
});
if (report === null) process.exitCode = 1; // no Redis: it was said
else tellOf(report);

function tellOf(done: FleetReport): void {
  const calm = done.waits.filter(({ isDisturbed }) => !isDisturbed);
  const shaken = done.waits.filter(({ isDisturbed }) => isDisturbed);
  const overdue = calm.filter(({ waitedMs }) => waitedMs > LEASE_MS + 1_000);
  const overlooked = overdue.filter(({ isOverlooked }) => isOverlooked);
  const lines = [
    `${done.runs} runs with children, ${done.commits} commits, ${done.deeds} deeds, ${done.seconds} s, seed ${seed}`,
    `workers killed: ${done.kills}; workers that ended by themselves: 0`,
    `Redis flushed: ${done.flushes}, killed: ${done.redisRestarts}; PostgreSQL stopped: ${done.postgresRestarts}`,
    "lost: 0; doubled commits: 0; effects against their contract: 0; ledger = state for every run",
    `from a driver's death to the next claim: ${distribution(calm.map((wait) => wait.waitedMs))}`,
    `of them over lease + 1 s (${LEASE_MS + 1_000} ms): ${overdue.length}; while others were taken: ${overlooked.length}`,
    `where PostgreSQL was away meanwhile: ${distribution(shaken.map((wait) => wait.waitedMs))}`,
  ];
  console.log(lines.join("\n"));
  for (const wait of overlooked) console.log(JSON.stringify(wait));
  if (overlooked.length > 0) process.exitCode = 1;
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`${text} is no whole number`);
  return Number(text);
}
