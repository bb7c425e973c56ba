// A long campaign by hand: see the README.
import { parseArgs } from "node:util";
import { LEASE_MS } from "../../../scheduler/test/fleet/driver-process.ts";
import { type FleetReport, runFleetCampaign } from "./fleet-campaign.ts";
import { distribution, type Wait } from "./waits.ts";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "1000" },
    workers: { type: "string", default: "4" },
    seed: { type: "string", default: "1" },
  },
});
const [runs = 0, workers = 0, seed = 0] = [values.runs, values.workers, values.seed].map(
  wholeNumber,
);

const report = await runFleetCampaign({
  runs,
  workers,
  seed,
  openAtMost: 240,
  roles: ["scheduler", "dispatching", "scheduler", "dispatching", "driving"],
  pauses: {
    workers: { fromMs: 500, toMs: 3_500 },
    redis: { fromMs: 3_000, toMs: 9_000 },
    postgres: { fromMs: 15_000, toMs: 30_000 },
  },
  judgeWaits: () => [],
  tell: ({ seconds, ended, open, kills }) =>
    console.log(`${seconds} s: ${ended} runs ended, ${open} open, ${kills} kills`),
});
if (report !== null) console.log(summary(report).join("\n"));

function summary(done: FleetReport): readonly string[] {
  const { waits } = done;
  const of = (pick: "waitedMs" | "lateMs", those: readonly Wait[]): string =>
    distribution(those.map((wait) => wait[pick]));
  const [disturbed, others] = [true, false].map((is) =>
    waits.filter(({ isDisturbed }) => isDisturbed === is),
  );
  return [
    `${done.runs} runs with children, ${done.commits} commits, ${done.deeds} deeds, ${done.seconds} s, seed ${seed}`,
    `workers killed: ${done.kills}; workers that ended by themselves: 0`,
    `Redis flushed: ${done.flushes}, killed: ${done.redisRestarts}; PostgreSQL stopped: ${done.postgresRestarts}`,
    "lost: 0; doubled commits: 0; effects against their contract: 0; ledger = state for every run",
    `from a driver's death to the next claim: ${of("waitedMs", others ?? [])} (lease + 1 s: ${LEASE_MS + 1_000})`,
    `from the end of its lease: ${of("lateMs", others ?? [])}`,
    `the same, of runs that PostgreSQL was away for: ${of("lateMs", disturbed ?? [])}`,
  ];
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`${text} is no whole number`);
  return Number(text);
}
