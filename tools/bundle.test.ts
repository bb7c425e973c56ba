import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { bundle } from "./bundle.ts";

const entries = { ".": "./src/index.ts", "./inner": "./src/inner/index.ts" };
const published = {
  ".": { types: "./dist/index.d.ts", default: "./dist/index.js" },
  "./inner": { types: "./dist/inner/index.d.ts", default: "./dist/inner/index.js" },
};

/** A package with these sources, and the text of what is built from it. */
function packageOf(sources: Record<string, string>, manifest: object = {}) {
  const folder = mkdtempSync(join(tmpdir(), "bundle-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const whole = { type: "module", exports: entries, publishConfig: { exports: published } };
  const files = { ...sources, "package.json": JSON.stringify({ ...whole, ...manifest }) };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const url = (path: string) => pathToFileURL(join(folder, "dist", path)).href;
  return { folder, url, built: (path: string) => readFileSync(join(folder, "dist", path), "utf8") };
}

const counter = "let count = 0;\nexport const next = (): number => (count += 1);";

it("keeps a module's state in one place, whichever entry it is reached by", async () => {
  const { folder, url } = packageOf({
    "src/counter.ts": counter,
    "src/index.ts": 'export { next } from "./counter.ts";',
    "src/inner/index.ts": 'export { next } from "../counter.ts";',
  });
  expect((await bundle(folder)).toSorted()).toEqual(["index.js", "inner/index.js", "shared.js"]);
  const outer = (await import(url("index.js"))) as { next: () => number };
  const inner = (await import(url("inner/index.js"))) as { next: () => number };
  expect([outer.next(), inner.next(), outer.next()]).toEqual([1, 2, 3]);
});

it("leaves the imports of other packages, and of Node's modules, as they are", async () => {
  const { folder, built } = packageOf({
    "src/index.ts":
      'import { readFile } from "node:fs/promises";\nimport { format } from "a-library";\nexport const all = [readFile, format];',
    "src/inner/index.ts": 'export { reduce } from "@abstractruntime/core/store";',
  });
  expect((await bundle(folder)).toSorted()).toEqual(["index.js", "inner/index.js"]);
  expect(built("index.js")).toContain('from "node:fs/promises"');
  expect(built("index.js")).toContain('from "a-library"');
  expect(built("inner/index.js")).toContain('from "@abstractruntime/core/store"');
});

it("brings along what stands in for syntax that Node.js 22 lacks", async () => {
  const { folder, built, url } = packageOf({
    "src/index.ts":
      "export async function use(thing: AsyncDisposable): Promise<void> {\n  await using used = thing;\n  void used;\n}",
    "src/inner/index.ts": "export {};",
  });
  await bundle(folder);
  expect(built("index.js")).not.toContain("await using");
  expect(built("index.js")).not.toMatch(/^import /m);
  const { use } = (await import(url("index.js"))) as {
    use: (thing: AsyncDisposable) => Promise<void>;
  };
  let disposals = 0;
  await use({ [Symbol.asyncDispose]: async () => void (disposals += 1) });
  expect(disposals).toBe(1);
});

it("writes code that can be read, with maps that lead to the sources", async () => {
  const { folder, built } = packageOf({
    "src/index.ts":
      "/** Twice a number. */\nexport function twice(count: number): number {\n  return count * 2;\n}",
    "src/inner/index.ts": "export {};",
  });
  await bundle(folder);
  expect(built("index.js")).toMatch(
    /\/\*\* Twice a number\. \*\/\nfunction twice\(count\) \{\n\s+return count \* 2;\n\}/,
  );
  const map = JSON.parse(built("index.js.map")) as { sources: string[] };
  expect(map.sources).toEqual(["../src/index.ts"]);
});

it("refuses a published entry that no source stands behind", async () => {
  const { folder } = packageOf({}, { exports: { ".": "./src/index.ts" } });
  await expect(bundle(folder)).rejects.toThrow('"./inner" must lead to src and to ./dist/*.js');
});

it("builds commands beside the entries, as programs that a shell can start", async () => {
  const { folder, built } = packageOf(
    {
      "src/counter.ts": counter,
      "src/index.ts": 'export { next } from "./counter.ts";',
      "src/inner/index.ts": "export {};",
      "src/bin/main.ts":
        '#!/usr/bin/env node\nimport { next } from "../counter.ts";\nconsole.log(next());',
    },
    {
      bin: { count: "./src/bin/main.ts" },
      publishConfig: { exports: published, bin: { count: "./dist/main.js" } },
    },
  );
  expect(await bundle(folder)).toContain("main.js");
  expect(built("main.js").startsWith("#!/usr/bin/env node\n")).toBe(true);
  expect(execFileSync(process.execPath, [join(folder, "dist/main.js")], { encoding: "utf8" })).toBe(
    "1\n",
  );
});
