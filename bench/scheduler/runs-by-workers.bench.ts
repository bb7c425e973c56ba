// Runs of ten steps that workers do, beside queues where each step is a job that adds the next one.
import { byTurns, timesOf, typical } from "../contender/by-turns.ts";
import { type ContenderName, versionsOf } from "../contender/contenders.ts";
import { withContenders, type CountedTurn } from "../contender/hire.ts";
import { benchmark } from "../report/benchmark.ts";
import type { Row } from "../report/row.ts";
import { openServer } from "../workload/bench-server.ts";

const settings = { runs: 500, steps: 10, concurrency: 50, turns: 5 };

const queues = ["pg-boss", "graphile-worker"] as const satisfies readonly ContenderName[];
const names = ["AbstractRuntime", ...queues] as const;

await benchmark("runs by workers", settings, async ({ turns, ...load }) => {
  await using server = await openServer();
  return await withContenders(server, names, async (hired) => {
    const taken = await byTurns(hired, "workers", load, turns);
    const perSecond = (turn: CountedTurn): number => turn.runs / turn.seconds;
    return [
      ...names.map((name): Row => ({
        what: `${name}: runs`,
        value: typical(taken, name, perSecond),
        unit: "runs/s",
        note: versionsOf(name),
      })),
      ...queues.map((name): Row => ({
        what: `AbstractRuntime's runs/s beside chained jobs of ${name}`,
        value: timesOf(taken, name, perSecond),
        unit: "x",
        bar: { atLeast: 10 },
      })),
    ];
  });
});
