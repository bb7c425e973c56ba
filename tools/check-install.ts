// Installs the packed packages into an empty project, as a user would: the examples must compile there and print what
// they should. Usage: node tools/check-install.ts (after `turbo run check:package`, which packs)
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { startRedis } from "../packages/bullmq/test/redis.ts";
import { startDatabase } from "../packages/storage-postgres/test/database.ts";

const root = resolve(import.meta.dirname, "..");

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly bin?: Readonly<Record<string, string>>;
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
}

const compilerOptions = {
  target: "es2024",
  lib: ["es2024", "esnext.disposable"],
  types: ["node"],
  module: "nodenext",
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: false, // our declarations are what is checked here
  allowImportingTsExtensions: true,
  noEmit: true,
};

/** What users install beside our packages: optional peers, a server that plays a model, TypeScript's view of Node.js. */
const besides = [
  "node_modules/@types/node",
  "examples/node_modules/@copilotkit/aimock",
  "packages/abstractcore/node_modules/@modelcontextprotocol/sdk",
  "packages/abstractcore/node_modules/ai",
];

/** A project in `folder` that has installed the packages and what is used beside them, but nothing of this repository. */
function install(folder: string, packages: readonly string[]): void {
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions }));
  const others = besides.map((path) => {
    const { name, version } = readManifest(join(root, path));
    return `${name}@${version}`;
  });
  const tarballs = packages.map((path) => join(path, "package.tgz"));
  const quietly = ["--prefer-offline", "--no-audit", "--no-fund", "--loglevel=error"];
  execFileSync("npm", ["install", ...quietly, ...tarballs, ...others], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit"],
  });
}

/** A program that imports every entry of a package, and throws when two of them give different things under one name. */
function oneOfEach({ name, exports }: Manifest): string {
  const entries = Object.keys(exports).map((subpath) => `import("${name}${subpath.slice(1)}")`);
  return `const things = new Map<string, unknown>();
for (const entry of await Promise.all([${entries.join(", ")}]))
  for (const [name, thing] of Object.entries<unknown>(entry)) {
    if (things.has(name) && things.get(name) !== thing) throw new Error(\`${name}: two \${name}\`);
    things.set(name, thing);
  }
export {};
`;
}

function check(folder: string, env: NodeJS.ProcessEnv): void {
  const packages = globSync(join(root, "packages/*")).toSorted();
  install(folder, packages);

  const programs = packages.map((path, index) => {
    const program = `entries-${index}.ts`;
    writeFileSync(join(folder, program), oneOfEach(readManifest(path)));
    return { program, expected: "" };
  });
  for (const name of globSync("[0-9][0-9]-*", { cwd: join(root, "examples") }).toSorted()) {
    cpSync(join(root, "examples", name), join(folder, name), { recursive: true });
    if (name.endsWith("-fleet") && env["REDIS_URL"] === undefined) continue; // which was said
    const expected = readFileSync(join(folder, name, "expected.txt"), "utf8");
    programs.push({ program: join(name, "main.ts"), expected });
  }

  compile(folder);
  for (const { program, expected } of programs) {
    const printed = execFileSync(process.execPath, [program], {
      cwd: folder,
      encoding: "utf8",
      env,
    });
    if (printed !== expected) throw new Error(`${program}, installed, printed:\n${printed}`);
  }
  for (const { name, bin } of packages.map(readManifest)) if (bin) tryCommand(folder, name, env);
}

/** Faults in declarations of packages that are not ours are for their owners to mend. */
function compile(folder: string): void {
  const tsc = join(root, "node_modules/.bin/tsc");
  const { stdout, error } = spawnSync(tsc, ["--pretty", "false"], {
    cwd: folder,
    encoding: "utf8",
  });
  if (error !== undefined) throw error;
  const faults = stdout
    .split("\n")
    .filter((line) => /^[^\s].*: error TS/.test(line))
    .filter((line) => !/^node_modules\/(?!@abstractruntime\/)/.test(line));
  if (faults.length > 0)
    throw new Error(`what is installed does not compile:\n${faults.join("\n")}`);
}

/** A package with one command is started by its own name; asked how it is used, it says so. */
function tryCommand(folder: string, name: string, env: NodeJS.ProcessEnv): void {
  const PATH = [dirname(process.execPath), env["PATH"]].join(delimiter);
  const printed = execFileSync("npx", ["--no", "--", name, "--help"], {
    cwd: folder,
    encoding: "utf8",
    env: { ...env, PATH },
  });
  if (!printed.startsWith("Usage: "))
    throw new Error(`${name} --help, installed, printed:\n${printed}`);
}

const folder = mkdtempSync(join(tmpdir(), "install-"));
const [database, redis] = await Promise.all([startDatabase(), startRedis()]);
try {
  check(folder, { ...process.env, DATABASE_URL: database.url, REDIS_URL: redis?.url });
} finally {
  await redis?.stop();
  await database.stop();
  rmSync(folder, { recursive: true, force: true });
}
