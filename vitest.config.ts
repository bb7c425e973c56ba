import { readdirSync } from "node:fs";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

const packages = join(import.meta.dirname, "packages");

export default defineConfig({
  test: {
    // One vitest process, one project per package; `--project core` selects.
    projects: readdirSync(packages).map((name) => ({
      extends: true as const,
      root: join(packages, name),
      test: { name },
    })),
    coverage: {
      include: ["packages/*/src/**"],
      exclude: ["**/*.test.ts", "**/*.test-d.ts"],
      reporter: ["text-summary", "html"],
    },
  },
});
