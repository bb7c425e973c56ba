import { access } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { fromMarkdown } from "mdast-util-from-markdown";
import { toString } from "mdast-util-to-string";
import { visit } from "unist-util-visit";
import { countWords } from "./count-words.ts";
import type { Facts } from "./facts.ts";

/** Headings, links and words of a Markdown text, and the relative links that lead to no file. */
export async function markdownFacts(
  file: string,
  markdown: string,
): Promise<Pick<Facts, "words" | "headings" | "links" | "brokenLinks">> {
  const tree = fromMarkdown(markdown);
  let headings = 0;
  const urls: string[] = [];
  const texts: string[] = [];
  visit(tree, (node) => {
    if (node.type === "heading") headings += 1;
    if (node.type === "link" || node.type === "image" || node.type === "definition")
      urls.push(node.url);
    if (node.type === "text" || node.type === "inlineCode") texts.push(toString(node));
  });
  const brokenLinks: string[] = [];
  for (const url of new Set(urls)) if (await isBroken(file, url)) brokenLinks.push(url);
  return { words: countWords(texts.join(" ")), headings, links: urls.length, brokenLinks };
}

async function isBroken(file: string, url: string): Promise<boolean> {
  if (url === "" || url.startsWith("#") || url.startsWith("/") || URL.canParse(url)) return false;
  try {
    const target = new URL(url, pathToFileURL(file));
    target.search = "";
    target.hash = "";
    await access(fileURLToPath(target));
    return false;
  } catch {
    return true;
  }
}
