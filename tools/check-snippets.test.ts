import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { snippets, sourcePaths } from "./check-snippets.ts";

describe("snippets", () => {
  it("puts each TypeScript block on the lines where it stands, and leaves other languages alone", () => {
    const markdown = "# Title\n```ts\nconst a = 1;\n```\n```sh\nls\n```\n";
    expect(snippets("docs/a.md", markdown)).toEqual([
      { name: "docs__a.md__3.ts", text: "\n\nconst a = 1;\n\nexport {};\n" },
    ]);
  });
});

describe("sourcePaths", () => {
  it("leads every entry of every package to its source", () => {
    const packages = join(import.meta.dirname, "../packages");
    expect(sourcePaths(packages)).toMatchObject({
      "@abstractruntime/core": [join(packages, "core/src/index.ts")],
      "@abstractruntime/core/store": [join(packages, "core/src/store.ts")],
      "@abstractruntime/testkit/conformance": [join(packages, "testkit/src/conformance/index.ts")],
    });
  });
});
