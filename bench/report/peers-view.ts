import { namesIn, numberIn, type Report } from "./report.ts";
import { type Bar, meetsBar, type Row } from "./row.ts";

/** One thing that was measured of several engines. */
export interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly isLessBetter: boolean;
  readonly bars: readonly { readonly name: string; readonly value: number }[];
}

/** A table for people. */
export interface Table {
  readonly title: string;
  readonly headings: readonly string[];
  readonly lines: readonly (readonly string[])[];
}

/** What the chart shows of a report of the suite `peers`. */
export function panelsOf(report: Report): readonly Panel[] {
  const loads = loadsOf(report).map((load) =>
    panel(report, "ten steps", `${load}: NAME: steps`, `Effect steps a second, ${load}`),
  );
  const [growing = ""] = titlesOf(report);
  return [
    ...loads,
    panel(report, "answered waits", "NAME: runs answered and ended", "Answered runs a second"),
    {
      ...panel(report, "large state", `${growing}: NAME: log a step`, `Log a step, ${growing}`),
      isLessBetter: true,
    },
    {
      ...panel(report, "due timers", "NAME: late, p99", "How late a timer begins, p99"),
      isLessBetter: true,
    },
  ];
}

/** What the page shows of it. */
export function tablesOf(report: Report): readonly Table[] {
  const ten = [
    ["steps/s", "steps"],
    ["a run p50", "a run, p50"],
    ["p99", "a run, p99"],
    ["transactions a run", "transactions a run"],
    ["log a run", "log a run"],
    ["page images", "page images in the log, a run"],
  ] as const;
  const kept = [
    ["first steps", /: the first \d+, a step$/],
    ["last steps", /: the last \d+, a step$/],
    ["last beside first", ": the last beside the first"],
    ["stored of a step", ": what it stores of a step"],
    ["log a step", ": log a step"],
    ["page images", ": page images in the log, a step"],
  ] as const;
  return [
    ...loadsOf(report).map((load) =>
      table(
        report,
        "ten steps",
        `Runs of ten steps, ${load}`,
        new RegExp(`^${load}: (.+): steps$`),
        ten.map(
          ([heading, what]) => [heading, (name: string) => `${load}: ${name}: ${what}`] as const,
        ),
      ),
    ),
    ...titlesOf(report).map((title) =>
      table(
        report,
        "large state",
        `One run of ${title}`,
        new RegExp(`^${title}: (.+): log a step$`),
        kept.map(
          ([heading, what]) =>
            [heading, (name: string) => whatIn(report, `${title}: ${name}`, what)] as const,
        ),
      ),
    ),
    table(
      report,
      "answered waits",
      "Waiting runs, all answered",
      /^(.+): runs answered and ended$/,
      [["runs answered and ended", (name) => `${name}: runs answered and ended`]],
    ),
    table(report, "due timers", "Timers due at one instant", /^(.+): late, p50$/, [
      ["late, p50", (name) => `${name}: late, p50`],
      ["p99", (name) => `${name}: late, p99`],
      ["at the most", (name) => `${name}: late, at the most`],
    ]),
    {
      title: "What is asked of AbstractRuntime",
      headings: ["what", "measured", "bar", ""],
      lines: report.rows.flatMap((row) =>
        row.bar === undefined
          ? []
          : [
              [
                row.what,
                render(row),
                renderBar(row.bar),
                meetsBar(row) === true ? "met" : "missed",
              ],
            ],
      ),
    },
  ];
}

/** A number with its unit, three digits of it. */
export function render({ value, unit }: Pick<Row, "value" | "unit">): string {
  return `${Number(value.toPrecision(3)).toLocaleString("en-US")} ${unit}`.trim();
}

function renderBar({ atLeast, atMost }: Bar): string {
  return atLeast === undefined
    ? `at most ${Number((atMost ?? NaN).toPrecision(3))}`
    : `at least ${Number(atLeast.toPrecision(3))}`;
}

function loadsOf(report: Report): readonly string[] {
  return namesIn(report, "ten steps", /^(\d+ at a time): /);
}

function titlesOf(report: Report): readonly string[] {
  return namesIn(report, "large state", /^(.+): AbstractRuntime: log a step$/);
}

function whatIn(report: Report, start: string, end: string | RegExp): string {
  if (typeof end === "string") return `${start}${end}`;
  const found = report.rows.find(({ what }) => what.startsWith(`${start}:`) && end.test(what));
  return found?.what ?? `${start}: ${end.source}`;
}

function panel(report: Report, benchmark: string, pattern: string, title: string): Panel {
  const escaped = pattern.replace("NAME", "(.+)");
  const names = namesIn(report, benchmark, new RegExp(`^${escaped}$`));
  const rows = names.map((name) => numberIn(report, benchmark, pattern.replace("NAME", name)));
  return {
    title,
    unit: rows[0]?.unit ?? "",
    isLessBetter: false,
    bars: rows.map(({ value }, index) => ({ name: names[index] ?? "", value })),
  };
}

function table(
  report: Report,
  benchmark: string,
  title: string,
  names: RegExp,
  columns: readonly (readonly [string, (name: string) => string])[],
): Table {
  return {
    title,
    headings: ["", ...columns.map(([heading]) => heading)],
    lines: namesIn(report, benchmark, names).map((name) => [
      name,
      ...columns.map(([, what]) => render(numberIn(report, benchmark, what(name)))),
    ]),
  };
}
