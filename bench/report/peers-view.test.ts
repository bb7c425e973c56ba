import { describe, expect, it } from "vitest";
import { drawChart } from "./draw-chart.ts";
import { panelsOf, tablesOf } from "./peers-view.ts";
import type { Report } from "./report.ts";

const growing = "9 steps that add 1 kB each";
const report = reportOf(
  ["AbstractRuntime", "DBOS"].flatMap((name): Measured[] => [
    ["ten steps", `50 at a time: ${name}: steps`, "steps/s"],
    ["ten steps", `50 at a time: ${name}: a run, p50`, "ms"],
    ["ten steps", `50 at a time: ${name}: a run, p99`, "ms"],
    ["ten steps", `50 at a time: ${name}: transactions a run`, ""],
    ["ten steps", `50 at a time: ${name}: log a run`, "kB"],
    ["ten steps", `50 at a time: ${name}: page images in the log, a run`, "kB"],
    ["large state", `${growing}: ${name}: the first 3, a step`, "ms"],
    ["large state", `${growing}: ${name}: the last 3, a step`, "ms"],
    ["large state", `${growing}: ${name}: the last beside the first`, "x"],
    ["large state", `${growing}: ${name}: what it stores of a step`, "kB"],
    ["large state", `${growing}: ${name}: log a step`, "kB"],
    ["large state", `${growing}: ${name}: page images in the log, a step`, "kB"],
    ["answered waits", `${name}: runs answered and ended`, "runs/s"],
    ["due timers", `${name}: late, p50`, "ms"],
    ["due timers", `${name}: late, p99`, "ms"],
    ["due timers", `${name}: late, at the most`, "ms"],
  ]),
);

describe("a report of the suite peers", () => {
  it("becomes a chart with a bar for each engine in each panel", () => {
    const panels = panelsOf(report);
    expect(panels.map(({ bars }) => bars.map(({ name }) => name))).toEqual(
      panels.map(() => ["AbstractRuntime", "DBOS"]),
    );
    const svg = drawChart("Beside <others>", panels);
    expect(svg).toContain("Beside &lt;others>");
    expect(svg.match(/<rect x=/g)).toHaveLength(2 * panels.length);
  });

  it("becomes tables with a line for each engine, and one of all bars", () => {
    const tables = tablesOf(report);
    expect(tables.map(({ title }) => title)).toEqual([
      "Runs of ten steps, 50 at a time",
      `One run of ${growing}`,
      "Waiting runs, all answered",
      "Timers due at one instant",
      "What is asked of AbstractRuntime",
    ]);
    for (const { headings, lines } of tables.slice(0, -1))
      expect(lines.map((line) => [line[0], line.length])).toEqual([
        ["AbstractRuntime", headings.length],
        ["DBOS", headings.length],
      ]);
    expect(tables.at(-1)?.lines).toEqual([
      ["50 at a time: AbstractRuntime: steps", "12,300 steps/s", "at least 10000", "met"],
    ]);
  });

  it("is refused when a benchmark was left out", () => {
    const partial = { ...report, rows: report.rows.filter(({ what }) => !what.includes("p50")) };
    expect(() => tablesOf(partial)).toThrow('no "50 at a time: AbstractRuntime: a run, p50"');
  });
});

type Measured = readonly [benchmark: string, what: string, unit: string];

function reportOf(measured: readonly Measured[]): Report {
  const rows = measured.map(([benchmark, what, unit], index) => ({
    benchmark,
    what,
    unit,
    value: 12_345,
    ok: null,
    ...(index === 0 && { bar: { atLeast: 10_000 } }),
  }));
  return { date: "2026-01-01T00:00:00.000Z", node: "", cpus: "", platform: "", load: 0, rows };
}
