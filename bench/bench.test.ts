import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { suites } from "./suites.ts";

interface Report {
  readonly rows: readonly {
    readonly benchmark: string;
    readonly what: string;
    readonly value: number;
  }[];
}

describe.each([...suites])("pnpm bench %s", (suite, benchmarks) => {
  it("measures everything, at sizes that say nothing, and writes it as JSON", async () => {
    const folder = await mkdtemp(join(tmpdir(), "bench-"));
    try {
      const file = join(folder, "report.json");
      const main = join(import.meta.dirname, "main.ts");
      const args = [main, suite, "--smoke", "--json", file, "--folder", join(folder, "data")];
      const { stdout } = await promisify(execFile)(process.execPath, args);
      const { rows } = JSON.parse(await readFile(file, "utf8")) as Report;

      expect([...new Set(rows.map(({ benchmark }) => benchmark))]).toEqual(
        benchmarks.map(({ name }) => name),
      );
      expect(rows.filter(({ value }) => !Number.isFinite(value))).toEqual([]);
      expect(new Set(rows.map(({ benchmark, what }) => `${benchmark}: ${what}`)).size).toBe(
        rows.length,
      );
      for (const { what } of rows) expect(stdout).toContain(what);
    } finally {
      await rm(folder, { recursive: true });
    }
    // A dozen processes one after another: minutes on a machine that is busy with other tests.
  }, 300_000);
});

describe("pnpm bench", () => {
  it("refuses a suite or benchmark that there is not", async () => {
    const main = join(import.meta.dirname, "main.ts");
    await expect(promisify(execFile)(process.execPath, [main, "nothing"])).rejects.toThrow(
      "name one suite: core",
    );
    await expect(
      promisify(execFile)(process.execPath, [main, "core", "--only", "nothing"]),
    ).rejects.toThrow('no benchmark "nothing"');
  });
});
