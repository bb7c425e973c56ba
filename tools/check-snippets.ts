// Every `ts` block in our Markdown compiles against the sources. Usage: node tools/check-snippets.ts
import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join, resolve } from "node:path";
import { codeBlocks } from "./markdown.ts";

const root = resolve(import.meta.dirname, "..");
const folder = join(root, "node_modules/.cache/snippets");

/** Where a snippet's imports of our packages lead: their sources, as their manifests say. */
export function sourcePaths(packages: string): Record<string, string[]> {
  const entries = readdirSync(packages).flatMap((name) => {
    const manifest = JSON.parse(readFileSync(join(packages, name, "package.json"), "utf8")) as {
      name: string;
      exports: Record<string, string>;
    };
    return Object.entries(manifest.exports).map(([subpath, source]): [string, string[]] => [
      manifest.name + subpath.slice(1),
      [join(packages, name, source)],
    ]);
  });
  return Object.fromEntries(entries);
}

/** The `ts` blocks of one Markdown text as modules, each on the lines where it stands, named after their place. */
export function snippets(file: string, markdown: string): { name: string; text: string }[] {
  return codeBlocks(markdown)
    .filter(({ language }) => language === "ts")
    .map(({ code, line }) => ({
      name: `${file.replaceAll("/", "__")}__${line}.ts`,
      text: `${"\n".repeat(line - 1)}${code}\nexport {};\n`,
    }));
}

function writeProject(files: readonly string[]): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const file of files) {
    for (const { name, text } of snippets(file, readFileSync(join(root, file), "utf8"))) {
      writeFileSync(join(folder, name), text);
    }
  }
  const config = {
    extends: join(root, "tsconfig.test.json"),
    compilerOptions: {
      incremental: false,
      tsBuildInfoFile: null,
      noUnusedLocals: false,
      paths: sourcePaths(join(root, "packages")),
    },
    include: ["*.ts"],
    references: [],
  };
  // A snippet may import what an example may.
  symlinkSync(join(root, "examples/node_modules"), join(folder, "node_modules"));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config, null, 2));
}

if (import.meta.main) {
  const listed = execFileSync(
    "git",
    ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
    {
      cwd: root,
      encoding: "utf8",
    },
  );
  writeProject(listed.split("\n").filter((file) => file !== "" && existsSync(join(root, file))));
  const { stdout, status } = spawnSync(
    join(root, "node_modules/.bin/tsc"),
    ["-p", folder, "--pretty", "false"],
    {
      encoding: "utf8",
    },
  );
  // `README.md__12.ts(14,3)` is line 14 of README.md.
  process.stdout.write(
    stdout.replaceAll(
      /^\S*?([^/\s]+\.md)__\d+\.ts\((\d+),\d+\)/gm,
      (_, file: string, line: string) => {
        return `${file.replaceAll("__", "/")}:${line}`;
      },
    ),
  );
  process.exitCode = status ?? 1;
}
