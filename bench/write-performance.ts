// Puts the numbers of a report of the suite `peers` into the page about performance, and draws its chart.
// Usage: node bench/write-performance.ts REPORT.json [FOLDER], the folder of performance.md
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { drawChart } from "./report/draw-chart.ts";
import { panelsOf, type Table, tablesOf } from "./report/peers-view.ts";
import type { Report } from "./report/report.ts";

const [begin, end] = ["<!-- measured: begin -->", "<!-- measured: end -->"];
const [file = "", folder = join(import.meta.dirname, "../docs/explanation")] =
  process.argv.slice(2);

const report = JSON.parse(await readFile(file, "utf8")) as Report;
const page = join(folder, "performance.md");
const text = await readFile(page, "utf8");
const [before] = text.split(begin);
const [, after] = text.split(end);
if (after === undefined) throw new Error(`${page} has no ${end}`);

await writeFile(page, `${before}${begin}\n\n${render(report)}\n\n${end}${after}`);
const chart = drawChart("AbstractRuntime on PostgreSQL, beside others", panelsOf(report));
await writeFile(join(folder, "performance.svg"), chart);

function render(given: Report): string {
  const { date, node, cpus, platform, load, rows } = given;
  const notes = [...new Set(rows.flatMap(({ note }) => note ?? []))].filter((note) => note !== "");
  const about = [
    `Measured ${date.slice(0, 10)}: ${node}, ${cpus}, ${platform}; load average before it began: ${load.toFixed(1)}.`,
    ...notes.map((note) => `- ${note}`),
  ].join("\n");
  return [about, ...tablesOf(given).map(renderTable)].join("\n\n");
}

function renderTable({ title, headings, lines }: Table): string {
  const rows = [headings, headings.map(() => "---"), ...lines];
  return [`### ${title}`, "", ...rows.map((cells) => `| ${cells.join(" | ")} |`)].join("\n");
}
