// Turns a package's sources into the few files that its users load: see docs/adr/0013-toolchain.md.
import { readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { rolldown } from "rolldown";

interface Manifest {
  /** Subpath to source, for this repository. */
  readonly exports: Readonly<Record<string, string>>;
  /** Command to source. */
  readonly bin?: Readonly<Record<string, string>>;
  /** Subpath to what is built, for everybody else. */
  readonly publishConfig: {
    readonly exports: Readonly<Record<string, { readonly default: string }>>;
    readonly bin?: Readonly<Record<string, string>>;
  };
}

/**
 * Bundle the package in `folder` into `outDir`: one file per published entry or command, and what entries share in files of its own,
 * so that a module's state exists once whichever entry it is reached by. Everything that is not a relative import stays
 * an import. Resolves to the names of the written modules, relative to `outDir`. Types are not checked.
 */
export async function bundle(folder: string, outDir = join(folder, "dist")): Promise<string[]> {
  await using build = await rolldown({
    cwd: folder,
    input: entriesOf(folder),
    external: isExternal,
    platform: "node",
    transform: { target: "node22" },
  });
  const { output } = await build.write({
    dir: outDir,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "shared.js", // where there are several, the bundler numbers them
    minifyInternalExports: false,
    sourcemap: true,
  });
  return output.filter(({ type }) => type === "chunk").map(({ fileName }) => fileName);
}

/** The helpers that stand in for newer syntax, such as `await using`, are nobody's dependency: they come along. */
function isExternal(id: string): boolean {
  return !id.startsWith(".") && !isAbsolute(id) && !id.startsWith("@oxc-project/runtime/");
}

/** Source of each published file, by that file's path in `dist`, without its `.js`. */
function entriesOf(folder: string): Record<string, string> {
  const { exports, bin, publishConfig } = JSON.parse(
    readFileSync(join(folder, "package.json"), "utf8"),
  ) as Manifest;
  const published = [
    ...Object.entries(publishConfig.exports).map(
      ([subpath, target]) => [subpath, exports[subpath], target.default] as const,
    ),
    ...Object.entries(publishConfig.bin ?? {}).map(
      ([command, target]) => [command, bin?.[command], target] as const,
    ),
  ];
  const entries = published.map(([what, source, target]) => {
    const name = /^\.\/dist\/(.+)\.js$/.exec(target)?.[1];
    if (source === undefined || name === undefined)
      throw new Error(`${folder}/package.json: "${what}" must lead to src and to ./dist/*.js`);
    return [name, source];
  });
  return Object.fromEntries(entries) as Record<string, string>;
}
