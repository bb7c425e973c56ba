import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  checkMigration,
  complete,
  defineWorkflow,
  foldRun,
  Runtime,
  type Migration,
  type Workflow,
} from "@abstractruntime/core";
import { sequentialIds, VirtualClock } from "@abstractruntime/testkit";
import { describe, expect, it } from "vitest";
import { FileStore } from "../src/index.ts";
import { copyOf, freshFolder } from "./fresh-folder.ts";

const written = join(import.meta.dirname, "../../../fixtures/python-0.2.0/store");

/** Two runs of it wait at `t` for a time, and go on at `done`. */
function timer(
  version: string,
  nodes: readonly string[],
  migrate: readonly Migration[] = [],
): Workflow {
  const handlers = Object.fromEntries(nodes.map((node) => [node, () => complete([version, node])]));
  return defineWorkflow<string>({
    id: "timer",
    version,
    entry: nodes[0] ?? "",
    nodes: handlers,
    migrate,
  });
}
const due = "31c43b40-06f2-40d0-89a2-0e340b589fd6";
const renamed = timer(
  "2",
  ["sleep", "wake"],
  [{ from: null, nodes: { t: "sleep", done: "wake" } }],
);

/** The bytes of every file, but for the lock. */
async function bytesOf(dir: string): Promise<ReadonlyMap<string, string>> {
  const names = (await readdir(dir)).filter((name) => /^(run|ledger|snapshot)_/.test(name));
  const texts = names.toSorted().map(async (name) => {
    return [name, await readFile(join(dir, name), "latin1")] as const;
  });
  return new Map(await Promise.all(texts));
}

describe("runs of 0.2.0, which know no graph", () => {
  it("are looked at before a deployment, and no byte changes", async () => {
    const dir = await copyOf(written);
    const before = await bytesOf(dir);
    const store = await FileStore.open(dir);
    const check = (workflow: Workflow) => checkMigration(store, workflow);
    expect(await check(timer("2", ["t", "done"]))).toMatchObject({ sameGraph: { count: 2 } });
    expect(await check(timer("2", ["done"]))).toMatchObject({ sameGraph: { count: 2 } });
    expect(await check(renamed)).toMatchObject({ total: 2, migrates: { count: 2 } });
    const { breaks } = await check(timer("2", ["t", "wake"]));
    expect(breaks).toMatchObject({ count: 2, first: { length: 2 } });
    for (const { obstacles } of breaks.first)
      expect(obstacles).toEqual([
        {
          code: "missing_node",
          message:
            'waiting.resumeToNode is node "done", which version 2 does not have; its nodes are t, wake',
        },
      ]);
    await store.close();
    expect(await bytesOf(dir)).toEqual(before);
  });

  it("are taken over and migrated in one commit, and read back as that", async () => {
    const dir = await copyOf(written);
    const clock = new VirtualClock({ startAt: "2026-05-01T00:00:00Z" });
    const store = await FileStore.open(dir, { clock });
    const runtime = new Runtime({ store, clock, ids: sequentialIds(), workflows: [renamed] });
    expect(await runtime.tick(due)).toMatchObject({
      status: "completed",
      output: ["2", "wake"],
      graphHash: renamed.graphHash,
    });
    await runtime.close();
    const again = await FileStore.open(dir, { clock });
    const records = await again.records(due);
    expect(records.map(({ kind }) => kind)).toEqual(["adopted", "migrated", "timed_out", "ended"]);
    expect(records[1]).toMatchObject({ revision: 1, last: true });
    expect(foldRun(records)).toEqual((await again.load(due))?.run);
    await again.close();
  });

  it("are left alone, to the byte, where a node is missing", async () => {
    const dir = await copyOf(written);
    const before = await bytesOf(dir);
    const clock = new VirtualClock({ startAt: "2026-05-01T00:00:00Z" });
    const store = await FileStore.open(dir, { clock });
    const workflows = [timer("2", ["t", "wake"])];
    const runtime = new Runtime({ store, clock, ids: sequentialIds(), workflows });
    await expect(runtime.tick(due)).rejects.toMatchObject({ code: "workflow_changed" });
    await runtime.close();
    expect(await bytesOf(dir)).toEqual(before);
  });
});

it("a migrated run opens again where it was", async () => {
  const dir = await freshFolder();
  const clock = new VirtualClock();
  const old = timer("1", ["t"]);
  const first = new Runtime({
    store: await FileStore.open(dir, { clock }),
    clock,
    ids: sequentialIds(1),
  });
  await first.start(old, { id: "run", drive: false });
  await first.close();
  const taker = timer(
    "2",
    ["sleep"],
    [{ from: "1", nodes: { t: "sleep" }, vars: (vars) => void (vars.added = true) }],
  );
  const store = await FileStore.open(dir, { clock });
  expect(await checkMigration(store, taker)).toMatchObject({ migrates: { count: 1 } });
  const second = new Runtime({ store, clock, ids: sequentialIds(2), workflows: [taker] });
  await second.tick("run", { maxSteps: 1 });
  const run = await second.getState("run");
  expect(run).toMatchObject({ workflowVersion: "2", vars: { added: true } });
  await second.close();
  const again = await FileStore.open(dir, { clock });
  expect((await again.load("run"))?.run).toEqual(run);
  expect(foldRun(await again.records("run"))).toEqual(run);
  await again.close();
});
