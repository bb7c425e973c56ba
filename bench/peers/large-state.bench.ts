// What a step costs late in a run whose state grows, and in one whose state is large.
import { byTurns, typical, type Turns } from "../contender/by-turns.ts";
import { type ContenderName, versionsOf } from "../contender/contenders.ts";
import { withContenders, type CountedTurn } from "../contender/hire.ts";
import { benchmark } from "../report/benchmark.ts";
import type { Row } from "../report/row.ts";
import { openServer } from "../workload/bench-server.ts";

const settings = { growing: 1_000, editing: 300, kilobytes: 1_000, window: 100, turns: 5 };

const names = ["AbstractRuntime", "DBOS", "LangGraph"] as const satisfies readonly ContenderName[];

await benchmark("large state", settings, async ({ growing, editing, kilobytes, window, turns }) => {
  await using server = await openServer();
  return await withContenders(server, names, async (hired) => {
    const grown = await byTurns(hired, "growing", { steps: growing }, turns);
    const edited = await byTurns(hired, "editing", { steps: editing, kilobytes }, turns);
    const rowsFor = (title: string, turnsOf: Turns): readonly Row[] =>
      names.flatMap((name) => rowsOf(`${title}: ${name}`, turnsOf, name, window));
    return [
      ...rowsFor(`${growing} steps that add 1 kB each`, grown),
      ...rowsFor(`${editing} steps that change 100 bytes of ${kilobytes} kB`, edited),
    ];
  });
});

function rowsOf(what: string, turns: Turns, name: ContenderName, window: number): readonly Row[] {
  const isOurs = name === "AbstractRuntime";
  const each = (number: (turn: CountedTurn) => number): number => typical(turns, name, number);
  const early = (turn: CountedTurn): number => average(turn.samples.slice(0, window));
  const late = (turn: CountedTurn): number => average(turn.samples.slice(-window));
  const perStep = (bytes: number, turn: CountedTurn): number => bytes / turn.samples.length / 1_000;
  const recordBytes = each((turn) => turn.recordBytes ?? NaN);
  return [
    {
      what: `${what}: the first ${window}, a step`,
      value: each(early),
      unit: "ms",
      note: versionsOf(name),
    },
    { what: `${what}: the last ${window}, a step`, value: each(late), unit: "ms" },
    {
      what: `${what}: the last beside the first`,
      value: each((turn) => late(turn) / early(turn)),
      unit: "x",
      ...(isOurs && { bar: { atMost: 1.3 } }),
    },
    {
      what: `${what}: what it stores of a step`,
      value: recordBytes / 1_000,
      unit: "kB",
    },
    {
      what: `${what}: log a step`,
      value: each((turn) => perStep(turn.walBytes, turn)),
      unit: "kB",
      ...(isOurs && { bar: { atMost: 4 + (2 * recordBytes) / 1_000 } }),
    },
    {
      what: `${what}: page images in the log, a step`,
      value: each((turn) => perStep(turn.imageBytes, turn)),
      unit: "kB",
    },
  ];
}

function average(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}
