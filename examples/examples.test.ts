import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const run = promisify(execFile);

const examples = readdirSync(import.meta.dirname)
  .filter((name) => /^\d\d-/.test(name))
  .toSorted();

describe("examples", () => {
  it("are numbered in tutorial order, without gaps", () => {
    const numbers = examples.map((name) => Number(name.slice(0, 2)));
    expect(numbers).toEqual(Array.from({ length: 5 }, (_, index) => index + 1));
  });

  it.each(examples)("%s prints what its expected.txt says", async (name) => {
    const folder = join(import.meta.dirname, name);
    const { stdout, stderr } = await run(process.execPath, [join(folder, "main.ts")]);
    expect(stdout).toBe(await readFile(join(folder, "expected.txt"), "utf8"));
    expect(stderr).toBe("");
  });

  it.each(examples)(
    "%s says in its README how to run it, and shows what it prints",
    async (name) => {
      const folder = join(import.meta.dirname, name);
      const readme = await readFile(join(folder, "README.md"), "utf8");
      expect(readme).toContain(`node examples/${name}/main.ts`);
      expect(readme).toContain(await readFile(join(folder, "expected.txt"), "utf8"));
    },
  );

  it("says hello in under 25 lines", async () => {
    const hello = await readFile(join(import.meta.dirname, "01-hello-world/main.ts"), "utf8");
    expect(hello.trimEnd().split("\n").length).toBeLessThan(25);
  });
});
