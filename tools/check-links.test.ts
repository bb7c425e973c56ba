import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { checkLinks } from "./check-links.ts";

it("reports links to files and headings that do not exist, and no others", () => {
  const root = mkdtempSync(join(tmpdir(), "links-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  writeFileSync(join(root, "b.md"), "# Here\n");
  writeFileSync(
    join(root, "a.md"),
    "# Top\n[x](b.md) [x](b.md#here) [x](#top) [x](https://example.org/gone.md)\n[x](gone.md)\n[x](b.md#gone)\n",
  );
  expect(checkLinks(root, ["a.md", "b.md"])).toEqual([
    "a.md:3: gone.md does not exist",
    "a.md:4: b.md has no heading #gone",
  ]);
});
