import { isUtf8 } from "node:buffer";
import { open } from "node:fs/promises";
import { extname, join } from "node:path";
import { defineEffect } from "@abstractruntime/core";
import { z } from "zod";
import { countWords } from "./count-words.ts";
import { Facts, noFacts } from "./facts.ts";
import { systemReason } from "../system-reason.ts";
import { markdownFacts } from "./markdown-facts.ts";
import type { ReviewContext } from "./midway.ts";

const MAX_BYTES = 1_048_576;

/** Reads one document and extracts its facts. One that can't be read is a fact, too, and no failure. */
export const readDocument = defineEffect({
  type: "read_document",
  replay: "safe", // reading changes nothing: after a crash, do it again
  payload: z.object({ folder: z.string(), path: z.string(), number: z.number(), of: z.number() }),
  result: Facts,
  timeoutMs: 30_000,
  perform: async ({ folder, path, number, of }, { attempt, context }) => {
    const file = join(folder, path);
    const content = await contentOf(file);
    const { midway }: ReviewContext = context;
    await midway({ effect: "read_document", subject: path, attempt, number, of });
    return factsOf(file, path, content);
  },
});

type Content = { readonly bytes: number } & (
  | { readonly text: string }
  | { readonly binary: true }
  | { readonly problem: string }
);

async function contentOf(path: string): Promise<Content> {
  try {
    await using file = await open(path);
    const { size: bytes } = await file.stat();
    if (bytes > MAX_BYTES) return { bytes, problem: "larger than 1 MiB" };
    const content = await file.readFile();
    const isText = isUtf8(content) && !content.includes(0);
    return isText ? { bytes, text: content.toString("utf8") } : { bytes, binary: true };
  } catch (error) {
    return { bytes: 0, problem: systemReason(error) };
  }
}

async function factsOf(file: string, path: string, content: Content): Promise<Facts> {
  const { bytes } = content;
  if ("problem" in content) return { ...noFacts(path), bytes, problem: content.problem };
  if ("binary" in content) return { ...noFacts(path), bytes, kind: "binary" };
  if (![".md", ".markdown"].includes(extname(path).toLowerCase()))
    return { ...noFacts(path), bytes, kind: "text", words: countWords(content.text) };
  const found = await markdownFacts(file, content.text);
  return { path, bytes, kind: "markdown", ...found, problem: null };
}
