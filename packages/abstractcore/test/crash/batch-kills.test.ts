import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Runtime, type RunState } from "@abstractruntime/core";
import { FileStore } from "@abstractruntime/storage-fs";
import { describe, expect, it } from "vitest";
import { readToolCall } from "../../src/llm/tool-call.ts";
import { toolCallsEffects } from "../../src/tools/tool-calls-effects.ts";
import { batch, batchTools, calls, contracts, type BatchJob } from "./batch.ts";
import { freshFolder } from "./fresh-folder.ts";
import { startProcess } from "./process.ts";

interface Execution {
  readonly name: string;
  readonly idempotencyKey: string;
}

async function newJob(job: Partial<BatchJob>): Promise<BatchJob> {
  const folder = await freshFolder();
  const journal = join(await freshFolder(), "journal");
  await writeFile(journal, "");
  return { folder, journal, hangs: [], ...job };
}

async function executions({ journal }: BatchJob): Promise<readonly Execution[]> {
  const text = await readFile(journal, "utf8");
  return text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as Execution]));
}

const times = (all: readonly Execution[], name: string): number =>
  all.filter((each) => each.name === name).length;

const nameOf = (run: RunState): string => readToolCall(run.vars["call"] ?? null).name;

/** A person finds out that it happened, and says so; the batch then ends. */
async function settleAll({ folder }: BatchJob): Promise<RunState> {
  const idle = batchTools(() => {
    throw new Error("nothing is left to be done");
  });
  await using runtime = new Runtime({
    store: await FileStore.open(folder),
    workflows: [batch],
    effects: toolCallsEffects(idle),
  });
  const { items } = await runtime.listRuns({ parentRunId: "batch", gate: "unknown_outcome" });
  for (const run of items) {
    const happened = { did: nameOf(run), settled: true };
    await runtime.settle(run.runId, run.waiting?.waitId ?? "", { happened }, { by: "eve" });
  }
  return runtime.getState("batch");
}

describe("a batch of five tool calls, two of which must never run twice", () => {
  it("goes on after a kill with what is unfinished, each call under its contract", async () => {
    const job = await newJob({ hangs: ["search", "charge", "upload"] });
    const first = startProcess("batch-process.ts", job);
    await first.said("ready");
    await first.kill();
    expect(await first.ended()).toBeNull();
    const before = await executions(job);
    expect(before.map(({ name }) => name).toSorted()).toEqual(Object.keys(contracts).toSorted());

    const second = startProcess("batch-process.ts", { ...job, hangs: [] });
    await second.said("rests");
    expect(await second.ended()).toBe(0);
    const after = await executions(job);
    expect(
      Object.fromEntries(Object.keys(contracts).map((name) => [name, times(after, name)])),
    ).toEqual({ read: 1, mail: 1, search: 2, charge: 1, upload: 2 });
    const uploads = after.filter(({ name }) => name === "upload");
    expect(new Set(uploads.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(1);

    const run = await settleAll(job);
    expect(run.output).toEqual({
      mode: "executed",
      results: calls.map(({ name, call_id }) => ({
        call_id,
        name,
        success: true,
        output: name === "charge" ? { did: name, settled: true } : { did: name },
        error: null,
      })),
    });
    expect(await executions(job)).toHaveLength(7);
  });

  it.each([1, 2, 4, 6, 8, 10, 12])(
    "obeys every contract when its process is killed after commit %i",
    async (dieAfterCommit) => {
      const job = await newJob({ dieAfterCommit });
      const first = startProcess("batch-process.ts", job);
      expect(await first.ended()).toBeNull();
      const before = await executions(job);

      const { dieAfterCommit: _dies, ...calm } = job;
      const second = startProcess("batch-process.ts", calm);
      expect(await second.ended()).toBe(0);
      const run = await settleAll(job);
      const { results } = run.output as { readonly results: readonly object[] };
      expect(results).toMatchObject(
        calls.map(({ name, call_id }) => ({ call_id, success: true, output: { did: name } })),
      );
      const after = await executions(job);
      const names = Object.keys(contracts);
      const ended = names.filter((name) => first.lines.includes(`ended ${name}`));
      const again = names.filter((name) => times(after, name) > times(before, name));
      expect(ended.filter((name) => again.includes(name))).toEqual([]);
      expect(Math.max(times(after, "mail"), times(after, "charge"))).toBeLessThanOrEqual(1);
      const keys = new Map(after.map(({ name, idempotencyKey }) => [idempotencyKey, name]));
      expect(keys.size).toBe(new Set(after.map(({ name }) => name)).size);
    },
  );
});
