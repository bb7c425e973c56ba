// No tracked file may name a path of somebody's machine. Usage: node tools/check-machine-paths.ts
import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

/** Home folders and checkouts, where they begin a path. Written so that this file does not name one itself. */
const machinePath =
  /(?<![\w.~-])\/(?:home\/[a-z_][\w.-]*|Users\/[A-Za-z][\w.-]*|(?:root|work)(?=[/\s"'`),;:\]]|$))/m;

/** The first machine path in a text, with its line; `undefined` when there is none. */
export function findMachinePath(text: string): { path: string; line: number } | undefined {
  const found = machinePath.exec(text);
  if (found === null) return undefined;
  return { path: found[0], line: text.slice(0, found.index).split("\n").length };
}

function trackedFiles(root: string): string[] {
  const listing = execFileSync("git", ["ls-files", "-z"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  return listing
    .split("\0")
    .filter(
      (path) => path !== "" && statSync(join(root, path), { throwIfNoEntry: false })?.isFile(),
    );
}

if (import.meta.main) {
  const root = resolve(import.meta.dirname, "..");
  for (const file of trackedFiles(root)) {
    const found = findMachinePath(readFileSync(join(root, file), "utf8"));
    if (found === undefined) continue;
    console.error(`${file}:${found.line}: names ${found.path}, a path of one machine`);
    process.exitCode = 1;
  }
}
