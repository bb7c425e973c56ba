import { appendFile, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { freshFolder } from "../../test/fresh-folder.ts";
import { Folder } from "../folder/folder.ts";
import { readLines } from "./read-lines.ts";

/** All lines of a part of a file, and how many pieces they came in. */
async function linesOf(
  text: string,
  start = 0,
): Promise<{ readonly lines: readonly string[]; readonly pieces: number; readonly ends: string }> {
  const folder = new Folder(await freshFolder());
  await writeFile(folder.file("f"), text);
  await appendFile(folder.file("f"), "beyond the end\n");
  const lines: string[] = [];
  let [pieces, ends] = [0, ""];
  const bytes = Buffer.from(text);
  for await (const piece of readLines(folder, "f", start, bytes.length)) {
    pieces += 1;
    for (const line of piece) {
      lines.push(line.text ?? "");
      ends += bytes.subarray(line.offset, line.end).toString() === `${line.text}\n` ? "" : "!";
    }
  }
  return { lines, pieces, ends };
}

describe("readLines", () => {
  it("gives each line once, whole, with its place", async () => {
    const lines = Array.from({ length: 4_000 }, (_, n) => `${n} ${"é".repeat(n % 200)}`);
    const found = await linesOf(`${lines.join("\n")}\n`);
    expect(found.lines).toEqual(lines);
    expect(found.ends).toBe("");
    expect(found.pieces).toBeGreaterThan(2);
  });

  it("gives lines that are longer than a piece", async () => {
    const lines = ["a", "b".repeat(700_000), "c", "d".repeat(300_000)];
    expect((await linesOf(`${lines.join("\n")}\n`)).lines).toEqual(lines);
  });

  it("passes over blank lines, however many", async () => {
    const blank = "\n".repeat(600_000);
    expect((await linesOf(`a\n${blank}b\n${" ".repeat(300_000)}\nc\n`)).lines).toEqual([
      "a",
      "b",
      "c",
    ]);
  });

  it("begins and ends where it is told to, with a last line that is not complete", async () => {
    expect((await linesOf("skipped\nfirst\nlast", 8)).lines).toEqual(["first", "last"]);
    expect((await linesOf("")).lines).toEqual([]);
  });
});
