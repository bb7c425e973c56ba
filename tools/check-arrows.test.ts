import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { checkArrows } from "./check-arrows.ts";

const roots: string[] = [];

/** A repository with these files; package manifests are JSON, sources are text. */
function repository(files: Record<string, string>): string {
  const root = mkdtempSync(join(tmpdir(), "arrows-"));
  roots.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const core = { "packages/core/package.json": '{ "dependencies": { "a-library": "1" } }' };
const files = {
  "packages/storage-fs/package.json": '{ "dependencies": { "@abstractruntime/core": "1" } }',
};

afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

describe("checkArrows", () => {
  it("accepts what the floor plan and the manifest allow", () => {
    const root = repository({
      ...core,
      ...files,
      "packages/core/src/run/run.ts":
        'import { createHash } from "node:crypto";\nimport { format } from "a-library";\nimport type { A } from "../a.ts";\n' +
        "export const at = (ms: number): Date => new Date(ms);",
      "packages/storage-fs/src/store.ts":
        'import { open } from "node:fs/promises";\nexport { reduce } from "@abstractruntime/core/store";',
    });
    expect(checkArrows(root)).toEqual([]);
  });

  it.each([
    [
      "a sibling",
      'import { x } from "@abstractruntime/storage-fs";',
      "core may not import @abstractruntime/storage-fs",
    ],
    [
      "a sibling's type",
      'export type X = import("@abstractruntime/testkit").X;',
      "core may not import @abstractruntime/testkit",
    ],
    [
      "a sibling, re-exported",
      'export * from "@abstractruntime/testkit/conformance";',
      "core may not import @abstractruntime/testkit",
    ],
    [
      "a module that does I/O",
      'import { open } from "node:fs/promises";',
      'core may not import "node:fs/promises"',
    ],
    [
      "a module that does I/O, by its short name",
      'import { open } from "fs";',
      'core may not import "fs"',
    ],
    [
      "a module that does I/O, later",
      'export const fs = () => import("node:fs");',
      'core may not import "node:fs"',
    ],
    [
      "a name made at run time",
      "export const any = (name: string) => import(name);",
      '"(computed)" is no dependency',
    ],
    [
      "an undeclared package",
      'import { z } from "zod/v4";',
      '"zod/v4" is no dependency of @abstractruntime/core',
    ],
    [
      "a file of another package",
      'import { x } from "../../testkit/src/x.ts";',
      "leaves the package's src",
    ],
    ["the clock", "export const now = new Date();", "new Date() reads the clock"],
    ["the clock as text", "export const now = Date();", "Date() reads the clock"],
  ])("refuses a core that imports %s", (_title, line, reason) => {
    const root = repository({ ...core, "packages/core/src/planted.ts": `// first line\n${line}` });
    const problems = checkArrows(root);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`packages/core/src/planted.ts:2: `);
    expect(problems[0]).toContain(reason);
  });

  it("lets only the ports' own files in core read the clock", () => {
    const root = repository({
      ...core,
      "packages/core/src/ports/system-clock.ts": "export const now = new Date();",
    });
    expect(checkArrows(root)).toEqual([]);
  });

  it("refuses a sibling even when the manifest declares it", () => {
    const root = repository({
      "packages/storage-fs/package.json": '{ "dependencies": { "@abstractruntime/testkit": "1" } }',
      "packages/storage-fs/src/store.ts": 'import { x } from "@abstractruntime/testkit";',
    });
    expect(checkArrows(root)).toEqual([
      "packages/storage-fs/src/store.ts:1: storage-fs may not import @abstractruntime/testkit: see tools/floor-plan.ts",
    ]);
  });

  it("refuses a package that the floor plan does not know", () => {
    const root = repository({ "packages/storage-moon/package.json": "{}" });
    expect(checkArrows(root)).toEqual([
      "packages/storage-moon: has no line in tools/floor-plan.ts",
    ]);
  });

  it("leaves tests alone: they run with devDependencies", () => {
    const root = repository({
      ...core,
      "packages/core/src/a.test.ts": 'import { it } from "vitest";',
    });
    expect(checkArrows(root)).toEqual([]);
  });
});
