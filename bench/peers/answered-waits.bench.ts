// Runs that wait for an answer, all answered: from the first answer to the last end.
import { byTurns, timesOf, typical } from "../contender/by-turns.ts";
import { type ContenderName, versionsOf } from "../contender/contenders.ts";
import { withContenders, type CountedTurn } from "../contender/hire.ts";
import { benchmark } from "../report/benchmark.ts";
import type { Row } from "../report/row.ts";
import { openServer } from "../workload/bench-server.ts";

const settings = { runs: 1_000, concurrency: 50, turns: 5 };

const names = ["AbstractRuntime", "DBOS", "LangGraph"] as const satisfies readonly ContenderName[];

await benchmark("answered waits", settings, async ({ runs, concurrency, turns }) => {
  await using server = await openServer();
  return await withContenders(server, names, async (hired) => {
    const taken = await byTurns(hired, "answers", { runs, concurrency }, turns);
    const perSecond = (turn: CountedTurn): number => turn.runs / turn.seconds;
    return [
      ...names.map((name): Row => ({
        what: `${name}: runs answered and ended`,
        value: typical(taken, name, perSecond),
        unit: "runs/s",
        note: versionsOf(name),
      })),
      {
        what: "AbstractRuntime's runs/s beside DBOS",
        value: timesOf(taken, "DBOS", perSecond),
        unit: "x",
        bar: { atLeast: 8 },
      },
      {
        what: "AbstractRuntime's runs/s beside LangGraph",
        value: timesOf(taken, "LangGraph", perSecond),
        unit: "x",
      },
    ];
  });
});
