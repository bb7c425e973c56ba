import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";

const hook = `
  import { registerHooks } from "node:module";
  import { writeSync } from "node:fs";
  registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      writeSync(1, resolved.url + "\\n");
      return resolved;
    },
  });
`;

/** URLs of all modules that a fresh process loads when it imports this one; Node's own as `node:name`. */
export function loadedModules(url: string): readonly string[] {
  const register = `data:text/javascript,${encodeURIComponent(hook)}`;
  const args = [
    "--import",
    register,
    "--input-type=module",
    "--eval",
    `import ${JSON.stringify(url)}`,
  ];
  const printed = execFileSync(process.execPath, args, { encoding: "utf8" });
  const urls = printed.split("\n").filter((line) => /^(file|node):/.test(line));
  return [...new Set(urls)];
}

/** The name of the package that a module belongs to; Node's own modules are packages of their own. */
export function packageOf(url: string): string {
  if (isBuiltin(url)) return url;
  for (let folder = new URL(".", url); ; folder = new URL("..", folder)) {
    const manifest = new URL("package.json", folder);
    if (existsSync(manifest)) return nameIn(manifest) ?? packageOf(new URL("..", folder).href);
    if (folder.pathname === "/") throw new Error(`${url} belongs to no package`);
  }
}

/** Manifests without a name only say how their folder is to be read. */
function nameIn(manifest: URL): string | undefined {
  return (JSON.parse(readFileSync(manifest, "utf8")) as { readonly name?: string }).name;
}
