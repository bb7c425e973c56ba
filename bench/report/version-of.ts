import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Name and version of a package that this one depends on, as it is installed. */
export function versionOf(name: string): string {
  const manifest = join(import.meta.dirname, "../node_modules", name, "package.json");
  const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string };
  return `${name} ${version}`;
}
