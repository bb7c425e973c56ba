// Runs of ten trivial steps on PostgreSQL, one and 50 at a time, beside other engines and beside no engine at all.
import { byTurns, timesOf, typical, type Turns } from "../contender/by-turns.ts";
import { type ContenderName, versionsOf } from "../contender/contenders.ts";
import { withContenders, type CountedTurn } from "../contender/hire.ts";
import { percentile } from "../measure/percentile.ts";
import { benchmark } from "../report/benchmark.ts";
import type { Bar, Row } from "../report/row.ts";
import { openServer } from "../workload/bench-server.ts";

const settings = { steps: 10, concurrency: 50, milliseconds: 2_000, warmUps: 2, turns: 5 };

const names = [
  "AbstractRuntime",
  "DBOS",
  "LangGraph",
  "one commit per step",
  "grouped statements",
] as const satisfies readonly ContenderName[];

const barsAlone: readonly (readonly [ContenderName, Bar?])[] = [
  ["DBOS", { atLeast: 3 }],
  ["LangGraph"],
  ["one commit per step", { atLeast: 0.6 }],
];

const barsTogether: readonly (readonly [ContenderName, Bar?])[] = [
  ["DBOS", { atLeast: 15 }],
  ["LangGraph", { atLeast: 25 }],
  ["one commit per step"],
  ["grouped statements", { atLeast: 1 / 3 }],
];

await benchmark("ten steps", settings, async (given) => {
  const { steps, concurrency, milliseconds, warmUps, turns } = given;
  await using server = await openServer();
  return await withContenders(server, names, async (hired) => {
    const rows: Row[] = [];
    // Together first: what runs alone makes so few calls that nobody's code would be compiled.
    for (const runs of [concurrency, 1]) {
      const load = { steps, concurrency: runs, milliseconds };
      const taken = await byTurns(hired, "steps", load, turns, warmUps);
      const perSecond = (turn: CountedTurn): number => (turn.runs * steps) / turn.seconds;
      rows.push(...names.flatMap((name) => rowsOf(taken, name, runs, perSecond)));
      for (const [other, bar] of runs === 1 ? barsAlone : barsTogether)
        rows.push({
          what: `${runs} at a time: AbstractRuntime's steps/s beside ${other}`,
          value: timesOf(taken, other, perSecond),
          unit: "x",
          ...(bar && { bar }),
        });
    }
    return rows.map((row, index) => (index === 0 ? { ...row, note: server.description } : row));
  });
});

function rowsOf(
  turns: Turns,
  name: ContenderName,
  concurrency: number,
  perSecond: (turn: CountedTurn) => number,
): readonly Row[] {
  const what = `${concurrency} at a time: ${name}`;
  const each = (number: (turn: CountedTurn) => number): number => typical(turns, name, number);
  const transactions = each((turn) => turn.transactions / turn.runs);
  const isBarred = name === "AbstractRuntime" && concurrency === 1;
  return [
    {
      what: `${what}: steps`,
      value: each(perSecond),
      unit: "steps/s",
      note: versionsOf(name),
    },
    { what: `${what}: runs`, value: each((turn) => turn.runs / turn.seconds), unit: "runs/s" },
    {
      what: `${what}: a run, p50`,
      value: each((turn) => percentile(turn.samples, 50)),
      unit: "ms",
    },
    {
      what: `${what}: a run, p99`,
      value: each((turn) => percentile(turn.samples, 99)),
      unit: "ms",
    },
    {
      what: `${what}: transactions a run`,
      value: transactions,
      unit: "",
      ...(isBarred && { bar: { atMost: 11 } }),
    },
    {
      what: `${what}: log a run`,
      value: each((turn) => turn.walBytes / turn.runs / 1_000),
      unit: "kB",
    },
    {
      what: `${what}: page images in the log, a run`,
      value: each((turn) => turn.imageBytes / turn.runs / 1_000),
      unit: "kB",
    },
  ];
}
