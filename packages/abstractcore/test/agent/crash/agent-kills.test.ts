import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { foldRun } from "@abstractruntime/core";
import { FileStore } from "@abstractruntime/storage-fs";
import { describe, expect, it } from "vitest";
import { freshFolder } from "../../crash/fresh-folder.ts";
import { startProcess } from "../../crash/process.ts";
import { startMock } from "../../llm/mock-model.ts";
import { said } from "../agent-world.ts";
import type { AgentJob } from "./agent-process.ts";

const script = "../agent/crash/agent-process.ts";
const pages = [1, 2, 3, 4, 5];

/** A model on a server of its own, which has pages read one by one, and what it was asked: how much was read by then. */
async function readingModel(hangsOnceAt?: number) {
  const mock = await startMock();
  const asked: number[] = [];
  const hangs = Promise.withResolvers<void>();
  mock.on({ predicate: () => true }, async ({ messages }) => {
    const read = messages.filter(({ role }) => role === "tool").length;
    const isFirst = !asked.includes(read);
    asked.push(read);
    if (read === hangsOnceAt && isFirst) {
      hangs.resolve();
      await new Promise(() => {});
    }
    if (read === pages.length) return { content: "I have read all." };
    const page = JSON.stringify({ page: read + 1 });
    return { toolCalls: [{ name: "look", arguments: page, id: `call_${read + 1}` }] };
  });
  const close = (): Promise<void> => mock.stop();
  return { url: mock.url, asked, hangs: hangs.promise, [Symbol.asyncDispose]: close };
}

async function newJob(baseUrl: string, job: Partial<AgentJob> = {}): Promise<AgentJob> {
  const journal = join(await freshFolder(), "journal");
  await writeFile(journal, "");
  return { folder: await freshFolder(), journal, baseUrl, ...job };
}

async function looks({ journal }: AgentJob) {
  const lines = (await readFile(journal, "utf8")).split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as { page: number; idempotencyKey: string });
}

/** A process that nobody kills goes on to the end, and the run is as it must be. */
async function goOn(job: AgentJob): Promise<void> {
  const { hangsAt: _hangs, dieAfterCommit: _dies, ...calm } = job;
  const process = startProcess(script, calm);
  expect(await process.ended()).toBe(0);
  expect(JSON.parse(process.lines.at(-1) ?? "")).toMatchObject({
    answer: "I have read all.",
    turns: 6,
  });
  await using store = await FileStore.open(job.folder, { readOnly: true });
  const stored = await store.load("agent");
  expect(foldRun(await store.records("agent"))).toEqual(stored?.run);
  expect(said(stored!.run, "tool")).toEqual(pages.map((page) => `page ${page}`));
}

describe("an agent whose process is killed", () => {
  it("in a tool call makes that call again, and nothing that had ended", async () => {
    await using model = await readingModel();
    const job = await newJob(model.url, { hangsAt: 3 });
    const first = startProcess(script, job);
    await first.said("hangs");
    await first.kill();
    expect(model.asked).toEqual([0, 1, 2]);

    await goOn(job);
    expect(model.asked).toEqual([0, 1, 2, 3, 4, 5]);
    const done = await looks(job);
    expect(done.map(({ page }) => page)).toEqual([1, 2, 3, 3, 4, 5]);
    expect(done[2]?.idempotencyKey).toBe(done[3]?.idempotencyKey);
  });

  it("in a model call asks again, and does nothing that had ended", async () => {
    await using model = await readingModel(2);
    const job = await newJob(model.url);
    const first = startProcess(script, job);
    await model.hangs;
    await first.kill();
    expect(model.asked).toEqual([0, 1, 2]);

    await goOn(job);
    expect(model.asked).toEqual([0, 1, 2, 2, 3, 4, 5]);
    expect((await looks(job)).map(({ page }) => page)).toEqual(pages);
  });

  it.each([2, 3, 4, 5, 9, 14])(
    "after commit %i repeats at most the one call that was under way",
    async (dieAfterCommit) => {
      await using model = await readingModel();
      const job = await newJob(model.url, { dieAfterCommit });
      expect(await startProcess(script, job).ended()).toBeNull();

      await goOn(job);
      const done = (await looks(job)).map(({ page }) => page);
      expect([...new Set(model.asked)]).toEqual([0, ...pages]);
      expect([...new Set(done)]).toEqual(pages);
      const repeated = model.asked.length - 6 + (done.length - pages.length);
      expect(repeated).toBeLessThanOrEqual(1);
    },
  );
});
