import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { FileStore } from "@abstractruntime/storage-fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { createToolWorker } from "../../src/tool-worker.ts";
import { freePort } from "../tools/mcp/servers.ts";
import { freshFolder } from "./fresh-folder.ts";
import { startProcess } from "./process.ts";
import { workerTools, type WorkerJob } from "./worker-job.ts";

const token = "a secret of the test's own";

async function newWorkerJob(): Promise<WorkerJob> {
  const journal = join(await freshFolder(), "journal");
  await writeFile(journal, "");
  return { folder: await freshFolder(), journal, port: await freePort(), token, hangs: true };
}

async function namesIn({ journal }: WorkerJob): Promise<readonly string[]> {
  const lines = (await readFile(journal, "utf8")).split("\n").filter((line) => line !== "");
  return lines.map((line) => (JSON.parse(line) as { name: string }).name).toSorted();
}

const outputOf = (line: string) =>
  (JSON.parse(line.slice("output ".length)) as { results: readonly object[] }).results;

describe("a job in the hands of a worker", () => {
  it("is found again after its worker was killed, and obeys its tool's contract there", async () => {
    const job = await newWorkerJob();
    const first = startProcess("worker-process.ts", job);
    const url = (await first.said("listens at ")).slice("listens at ".length);
    const caller = startProcess("caller-process.ts", { folder: await freshFolder(), url, token });
    await first.said("called resize");
    await first.said("called print");
    await first.kill();

    const second = startProcess("worker-process.ts", { ...job, hangs: false });
    await second.said("called resize");
    await second.kill();
    expect(await namesIn(job)).toEqual(["print", "resize", "resize"]);

    // A person finds out that it was printed; the tool itself is not called again.
    const tools = workerTools((name) => ({ did: name }));
    const store = await FileStore.open(job.folder);
    const third = createToolWorker({ store, tools, token });
    onTestFinished(() => third.close());
    await third.listen({ port: job.port });
    const { items } = await third.runtime.listRuns({ gate: "unknown_outcome" });
    expect(items).toMatchObject([{ pending: { effect: { type: "tool:print" } } }]);
    const [print] = items;
    const happened = { did: "print", settled: true };
    await third.runtime.settle(print?.runId ?? "", print?.waiting?.waitId ?? "", { happened });

    expect(outputOf(await caller.said("output "))).toEqual([
      { call_id: "resize", name: "resize", success: true, output: { did: "resize" }, error: null },
      { call_id: "print", name: "print", success: true, output: happened, error: null },
    ]);
  });

  it("is found again after its caller was killed, and was executed once", async () => {
    const job = await newWorkerJob();
    const ends: (() => void)[] = [];
    const names: string[] = [];
    const tools = workerTools((name) => {
      names.push(name);
      return new Promise((resolve) => ends.push(() => resolve({ did: name })));
    });
    const worker = createToolWorker({ store: await FileStore.open(job.folder), tools, token });
    onTestFinished(() => worker.close());
    const url = await worker.listen();
    const folder = await freshFolder();
    const first = startProcess("caller-process.ts", { folder, url, token });
    await first.said("waits");
    await first.kill();
    expect(names.toSorted()).toEqual(["print", "resize"]);
    for (const end of ends) end();

    const second = startProcess("caller-process.ts", { folder, url, token });
    expect(outputOf(await second.said("output "))).toMatchObject([
      { success: true, output: { did: "resize" } },
      { success: true, output: { did: "print" } },
    ]);
    expect(await second.ended()).toBe(0);
    expect(names).toHaveLength(2);
  });
});
