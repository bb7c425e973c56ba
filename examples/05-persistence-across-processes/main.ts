// New here: files, and a second process. Two processes, one after the other, over one folder; the first one is killed.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const folder = mkdtempSync(join(tmpdir(), "trip-"));
const worker = join(import.meta.dirname, "worker.ts");

for (const name of ["first", "second"]) {
  console.log(`${name} process`);
  const { status, signal } = spawnSync(process.execPath, [worker, folder], { stdio: "inherit" });
  console.log(signal === null ? `  exit code ${status}` : `  killed by ${signal}`);
}

rmSync(folder, { recursive: true });
