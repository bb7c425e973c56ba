import { describe, expect, it } from "vitest";
import { anchors, codeBlocks, links } from "./markdown.ts";

const text = [
  "# A title, with `code`",
  "See [one](a.md), ![two](b.png) and `[not](this.md)`.",
  "```ts",
  "const link = '[nor](this.md)';",
  "# no heading",
  "```",
  "[three]: c.md#part",
  "## Part",
  "## Part",
].join("\n");

describe("reading Markdown", () => {
  it("finds links, images and definitions with their lines, but none in code", () => {
    expect(links(text)).toEqual([
      { target: "a.md", line: 2 },
      { target: "b.png", line: 2 },
      { target: "c.md#part", line: 7 },
    ]);
  });

  it("finds code blocks with their language and place", () => {
    expect(codeBlocks(text)).toEqual([
      { language: "ts", code: "const link = '[nor](this.md)';\n# no heading\n", line: 4 },
    ]);
  });

  it("names headings as GitHub does, equal ones apart", () => {
    expect([...anchors(text)]).toEqual(["a-title-with-code", "part", "part-1"]);
  });
});
