// Timers that are all due at one instant: how late their work begins.
import { byTurns, typical } from "../contender/by-turns.ts";
import { type ContenderName, versionsOf } from "../contender/contenders.ts";
import { withContenders } from "../contender/hire.ts";
import { percentile } from "../measure/percentile.ts";
import { benchmark } from "../report/benchmark.ts";
import type { Row } from "../report/row.ts";
import { openServer } from "../workload/bench-server.ts";
import { redisAnswers } from "../workload/redis-answers.ts";

const settings = { timers: 2_000, leadMs: 4_000, turns: 5 };

const names: readonly ContenderName[] = [
  "AbstractRuntime",
  "DBOS",
  "pg-boss",
  ...((await redisAnswers()) ? (["BullMQ"] as const) : []),
];

await benchmark("due timers", settings, async ({ timers, leadMs, turns }) => {
  await using server = await openServer();
  return await withContenders(server, names, async (hired) => {
    const taken = await byTurns(hired, "timers", { timers, leadMs }, turns);
    const late = (name: ContenderName, hundredths: number): number =>
      typical(taken, name, ({ samples }) => percentile(samples, hundredths));
    const rivals = names.filter((name) => name === "pg-boss" || name === "BullMQ");
    const bar = Math.min(late("DBOS", 99) / 4, ...rivals.map((name) => late(name, 99)));
    return names.flatMap((name): readonly Row[] => [
      { what: `${name}: late, p50`, value: late(name, 50), unit: "ms", note: versionsOf(name) },
      {
        what: `${name}: late, p99`,
        value: late(name, 99),
        unit: "ms",
        ...(name === "AbstractRuntime" && { bar: { atMost: bar } }),
      },
      { what: `${name}: late, at the most`, value: late(name, 100), unit: "ms" },
    ]);
  });
});
