import { printable } from "../printable.ts";
import type { Facts } from "./facts.ts";

const count = new Intl.NumberFormat("en");

/** The review as a Markdown document. The same facts give the same text. */
export function renderReport(folder: string, documents: readonly Facts[]): string {
  const broken = documents.flatMap(({ path, brokenLinks }) =>
    brokenLinks.map((link) => `- ${cell(path)} leads to ${cell(link)}`),
  );
  const unread = documents.flatMap(({ path, problem }) =>
    problem === null ? [] : [`- ${cell(path)}: ${cell(problem)}`],
  );
  return [
    `# Review of ${cell(folder)}`,
    summarise(documents),
    ...section("Broken relative links", broken),
    ...section("Not read", unread),
    ...section("Documents", documents.length === 0 ? [] : table(documents)),
  ]
    .join("\n\n")
    .concat("\n");
}

/** The review in one sentence. */
export function summarise(documents: readonly Facts[]): string {
  const sum = (of: (facts: Facts) => number): string =>
    count.format(documents.reduce((total, facts) => total + of(facts), 0));
  const broken = sum(({ brokenLinks }) => brokenLinks.length);
  return (
    `${count.format(documents.length)} documents with ${sum(({ bytes }) => bytes)} bytes, ` +
    `${sum(({ words }) => words)} words, ${sum(({ headings }) => headings)} headings and ` +
    `${sum(({ links }) => links)} links, ${broken} of them relative and broken.`
  );
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`## ${title}`, lines.join("\n")];
}

function table(documents: readonly Facts[]): string[] {
  const rows = documents.map(({ path, kind, bytes, words, headings, links, brokenLinks }) => [
    cell(path),
    kind,
    ...[bytes, words, headings, links, brokenLinks.length].map(count.format),
  ]);
  const head = ["document", "kind", "bytes", "words", "headings", "links", "broken"];
  const rule = ["---", "---", "--:", "--:", "--:", "--:", "--:"];
  return [head, rule, ...rows].map((row) => `| ${row.join(" | ")} |`);
}

/** A name as Markdown text: on one line, and nothing in it is markup. */
function cell(text: string): string {
  return printable(text).replaceAll(/[\\`*_[\]<>|&#]/g, String.raw`\$&`);
}
