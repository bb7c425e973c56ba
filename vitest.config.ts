import { readdirSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

const root = import.meta.dirname;
const packages = join(root, "packages");

export default defineConfig({
  test: {
    // One vitest process with one project per package, and one for the repository itself; `--project core` selects.
    projects: [
      ...readdirSync(packages).map((name) => ({
        extends: true as const,
        root: join(packages, name),
        test: { name, include: ["src/**/*.test.ts", "test/**/*.test.ts"] },
      })),
      {
        extends: true as const,
        root,
        test: {
          name: "repository",
          include: [
            "tools/*.test.ts",
            "test/**/*.test.ts",
            "examples/**/*.test.ts",
            "bench/**/*.test.ts",
          ],
        },
      },
    ],
    // Generous on purpose: no test waits for time, and a busy machine with two cores is no failure.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // All cores: by default vitest leaves one idle, which on two is half of the machine.
    maxWorkers: "100%",
    reporters: [
      "default",
      ["json", { outputFile: join(root, "node_modules/.cache/test-report.json") }],
    ],
    coverage: {
      include: ["packages/*/src/**"],
      exclude: ["**/*.test.ts", "**/*.test-d.ts"],
      reporter: ["text-summary", "html"],
      reportsDirectory: join(root, "coverage"),
      thresholds: { "packages/core/src/**": { lines: 95, branches: 90 } },
    },
  },
});
