import { printable } from "../printable.ts";
import type { Facts } from "./facts.ts";
import type { Listing } from "./list-documents.ts";

const numbers = new Intl.NumberFormat("en");

/** The review as a Markdown document. The same facts give the same text. */
export function renderReport(
  folder: string,
  { more, closed }: Listing,
  documents: readonly Facts[],
): string {
  const unread = documents.filter(({ problem }) => problem !== null);
  return [
    `# Review of ${cell(folder)}`,
    summarise(documents),
    ...(more ? ["The folder has more documents than were asked for; these are the first."] : []),
    ...section("Broken relative links", brokenLinks(documents)),
    ...section("Not read", [
      ...unread.map(({ path, problem }) => `- ${cell(path)}: ${cell(problem ?? "")}`),
      ...closed.map((path) => `- ${cell(path)}: a folder that could not be opened`),
    ]),
    ...section("Documents", table(documents)),
  ]
    .join("\n\n")
    .concat("\n");
}

function summarise(documents: readonly Facts[]): string {
  const sum = (of: (facts: Facts) => number): number =>
    documents.reduce((total, facts) => total + of(facts), 0);
  const counts = [
    count(documents.length, "document"),
    count(
      sum(({ bytes }) => bytes),
      "byte",
    ),
    count(
      sum(({ words }) => words),
      "word",
    ),
    count(
      sum(({ headings }) => headings),
      "heading",
    ),
    count(
      sum(({ links }) => links),
      "link",
    ),
    count(
      sum((facts) => facts.brokenLinks.length),
      "broken relative link",
    ),
  ];
  return `${counts.join(", ")}.`;
}

function count(howMany: number, what: string): string {
  return `${numbers.format(howMany)} ${what}${howMany === 1 ? "" : "s"}`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`## ${title}`, lines.join("\n")];
}

function brokenLinks(documents: readonly Facts[]): string[] {
  return documents.flatMap((facts) =>
    facts.brokenLinks.map((link) => `- ${cell(facts.path)} leads to ${cell(link)}`),
  );
}

function table(documents: readonly Facts[]): string[] {
  if (documents.length === 0) return [];
  const rows = documents.map(({ path, kind, bytes, words, headings, links, ...facts }) => [
    cell(path),
    kind,
    ...[bytes, words, headings, links, facts.brokenLinks.length].map((n) => numbers.format(n)),
  ]);
  const head = ["document", "kind", "bytes", "words", "headings", "links", "broken"];
  const rule = ["---", "---", "--:", "--:", "--:", "--:", "--:"];
  return [head, rule, ...rows].map((row) => `| ${row.join(" | ")} |`);
}

/** A name as Markdown text: on one line, and nothing in it is markup. */
function cell(text: string): string {
  return printable(text).replaceAll(/[\\`*_[\]<>|&#]/g, String.raw`\$&`);
}
