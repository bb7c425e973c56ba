// New here: an agent. It lists, reads and writes real files; its process is killed on the way, and a person has to agree.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endpointOf } from "./endpoint.ts";
import { startMock } from "./mock-model.ts";

const documents = mkdtempSync(join(tmpdir(), "shop-"));
const data = mkdtempSync(join(tmpdir(), "runs-"));
writeFileSync(join(documents, "monday.txt"), "Sold 12 lamps, two of them broken.\n");
writeFileSync(join(documents, "tuesday.txt"), "Rain. Sold 9 lamps.\n");

// Without an endpoint, the mock of models lives in this process, which is not killed.
await using mock = endpointOf(process.env) === null ? await startMock() : null;
const { baseUrl, model } = mock ?? endpointOf(process.env)!;
const env = { ...process.env, ABSTRACTCORE_BASE_URL: baseUrl, LLM_MODEL: model };

/** One life of the worker. */
async function live(what: string, ...args: readonly string[]): Promise<void> {
  console.log(what);
  const worker = join(import.meta.dirname, "worker.ts");
  const child = spawn(process.execPath, [worker, documents, data, ...args], {
    env,
    stdio: "inherit",
  });
  const [, signal] = (await once(child, "exit")) as [number | null, string | null];
  if (signal !== null) console.log(`  killed by ${signal}`);
}

await live("the first process");
await live("the second process goes on");
await live("the third process brings a yes", "yes");
console.log(readFileSync(join(documents, "report.md"), "utf8").trimEnd());

for (const folder of [documents, data]) rmSync(folder, { recursive: true });
