// Holds the floor plan: who imports whom. Usage: node tools/check-arrows.ts [folder]
import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { join, relative, resolve } from "node:path";
import { builtinsOf, floorPlan } from "./floor-plan.ts";
import { sourceFacts } from "./source-facts.ts";

const scope = "@abstractruntime/";

/** The three files of core that may look at the outside; the rest asks a port. */
const windows = ["ports/system-clock.ts", "ports/random-ids.ts", "ports/console-logger.ts"];

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** Why each import or clock read that breaks the floor plan breaks it, as `path:line: reason`. */
export function checkArrows(root: string): string[] {
  const packages = join(root, "packages");
  return readdirSync(packages)
    .filter((name) => existsSync(join(packages, name, "package.json")))
    .flatMap((name) => checkPackage(root, name));
}

function checkPackage(root: string, name: string): string[] {
  const folder = join(root, "packages", name);
  if (floorPlan[name] === undefined)
    return [`packages/${name}: has no line in tools/floor-plan.ts`];

  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  const declared = new Set(Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }));
  const sources = globSync("src/**/*.ts", { cwd: folder }).filter(
    (path) => !/\.test(-d)?\.ts$/.test(path),
  );

  return sources.toSorted().flatMap((source) => {
    const path = join(folder, source);
    const facts = sourceFacts(path, readFileSync(path, "utf8"));
    const at = (line: number, reason: string): string =>
      `${relative(root, path)}:${line}: ${reason}`;
    const imports = facts.imports.flatMap(({ what, line }) => {
      const reason = refusal(name, declared, join(folder, "src"), path, what);
      return reason === undefined ? [] : [at(line, reason)];
    });
    const watched = name === "core" && !windows.some((window) => path.endsWith(window));
    const clocks = watched
      ? facts.clockReads.map(({ what, line }) => at(line, `${what} reads the clock: take a Clock`))
      : [];
    return [...imports, ...clocks];
  });
}

/** Why `source` of package `name` may not import `specifier`; `undefined` when it may. */
function refusal(
  name: string,
  declared: ReadonlySet<string>,
  sources: string,
  source: string,
  specifier: string,
): string | undefined {
  if (specifier.startsWith(".")) {
    const target = resolve(source, "..", specifier);
    return target.startsWith(`${sources}/`) ? undefined : `"${specifier}" leaves the package's src`;
  }
  if (isBuiltin(specifier)) {
    const allowed = builtinsOf[name];
    if (allowed === undefined || allowed.includes(specifier)) return undefined;
    return `${name} may not import "${specifier}", only ${allowed.join(", ")}`;
  }
  const target = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  if (target.startsWith(scope) && floorPlan[name]?.includes(target.slice(scope.length)) !== true) {
    return `${name} may not import ${target}: see tools/floor-plan.ts`;
  }
  return declared.has(target) ? undefined : `"${specifier}" is no dependency of ${scope}${name}`;
}

if (import.meta.main) {
  const problems = checkArrows(resolve(process.argv[2] ?? "."));
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}
