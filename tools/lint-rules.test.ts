import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";

const repository = join(import.meta.dirname, "..");
const roots: string[] = [];

/** What the repository's lint rules say of this text at this path, as `rule: message` lines. */
function lint(path: string, text: string): string {
  const root = mkdtempSync(join(tmpdir(), "lint-"));
  roots.push(root);
  cpSync(join(repository, ".oxlintrc.json"), join(root, ".oxlintrc.json"));
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
  const { stdout } = spawnSync(join(repository, "node_modules/.bin/oxlint"), ["-f", "unix"], {
    cwd: root,
    encoding: "utf8",
  });
  return stdout;
}

afterEach(() => {
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

const outside = [
  ["Date.now", "export const at = Date.now();"],
  ["Date.now, taken apart", "export const { now } = Date;"],
  ["Math.random", "export const chance = Math.random();"],
  ["AbortSignal.timeout", "export const signal = AbortSignal.timeout(1);"],
  ["setTimeout", "setTimeout(() => {}, 1);"],
  ["setInterval", "setInterval(() => {}, 1);"],
  ["setImmediate", "setImmediate(() => {});"],
  ["globalThis.setTimeout", "globalThis.setTimeout(() => {}, 1);"],
  ["performance", "export const at = performance.now();"],
  ["crypto", "export const id = crypto.randomUUID();"],
  ["console", 'console.log("x");'],
  ["process", "export const pid = process.pid;"],
  ["fetch", 'export const page = fetch("http://localhost");'],
] as const;

describe("the lint rules of core", () => {
  it.each(outside)("refuse %s", (_name, text) => {
    expect(lint("packages/core/src/planted.ts", text)).toMatch(
      /no-restricted-(globals|properties)/,
    );
  });

  it.each(["system-clock", "random-ids", "console-logger"])(
    "let ports/%s.ts look outside",
    (port) => {
      const text = outside.map(([, line]) => `{\n${line.replace("export ", "")}\n}`).join("\n");
      expect(lint(`packages/core/src/ports/${port}.ts`, text)).not.toContain("no-restricted");
    },
  );

  it.each(outside)("let another package use %s", (_name, text) => {
    expect(lint("packages/storage-fs/src/planted.ts", text)).not.toContain("no-restricted");
  });
});

/** A test file with one test, declared by this call. */
const testFile = (call: string): string =>
  `import { expect, it } from "vitest";\n${call}("adds", () => {\n  expect(1 + 1).toBe(2);\n});\n`;

describe("the lint rules of all packages", () => {
  const long = "export {};\n" + "// A line.\n".repeat(300);

  it("refuse a source file of more than 300 lines, but not a test", () => {
    expect(lint("packages/core/src/long.ts", long)).toContain("max-lines");
    expect(lint("packages/core/src/long.test.ts", long)).not.toContain("max-lines");
  });

  it("refuse tests that are switched off or alone", () => {
    expect(lint("packages/core/src/a.test.ts", testFile("it"))).not.toContain("Error");
    expect(lint("packages/core/src/a.test.ts", testFile("it.skip"))).toContain("no-disabled-tests");
    expect(lint("packages/core/src/a.test.ts", testFile("it.only"))).toContain("no-focused-tests");
  });
});
