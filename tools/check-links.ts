// Every relative link in a tracked Markdown file leads somewhere. Usage: node tools/check-links.ts
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { anchors, links } from "./markdown.ts";

/** Broken relative links of these files, as `path:line: reason`. */
export function checkLinks(root: string, files: readonly string[]): string[] {
  return files.flatMap((file) => {
    const path = join(root, file);
    return links(readFileSync(path, "utf8")).flatMap(({ target, line }) => {
      const reason = broken(root, path, target);
      return reason === undefined ? [] : [`${file}:${line}: ${reason}`];
    });
  });
}

function broken(root: string, path: string, target: string): string | undefined {
  if (/^[a-z][a-z+.-]*:/i.test(target)) return undefined; // Other hosts are not ours to check, and CI has no network.
  const [name = "", anchor] = decodeURI(target).split("#");
  const linked = name === "" ? path : resolve(path, "..", name);
  if (!existsSync(linked)) return `${relative(root, linked)} does not exist`;
  if (
    anchor === undefined ||
    !linked.endsWith(".md") ||
    anchors(readFileSync(linked, "utf8")).has(anchor)
  )
    return undefined;
  return `${relative(root, linked)} has no heading #${anchor}`;
}

if (import.meta.main) {
  const root = resolve(import.meta.dirname, "..");
  const listed = execFileSync(
    "git",
    ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
    {
      cwd: root,
      encoding: "utf8",
    },
  );
  const files = listed.split("\n").filter((file) => file !== "" && existsSync(join(root, file)));
  const problems = checkLinks(root, files);
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}
