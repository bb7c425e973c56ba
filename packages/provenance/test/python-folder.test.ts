import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Runtime } from "@abstractruntime/core";
import { FileStore } from "@abstractruntime/storage-fs";
import { expect, it } from "vitest";
import { hashChain, verifyRun } from "../src/index.ts";
import { readFixture } from "./fixture.ts";

const runId = "9c6ab710-4a08-4720-8ede-24428a013fda";

/** A run of 0.2.0's that waits, as it stands in its folder. */
const run = {
  run_id: runId,
  workflow_id: "chained",
  status: "waiting",
  current_node: "n4",
  vars: {},
  waiting: { reason: "event", wait_key: "go", resume_to_node: "n5" },
  output: null,
  error: null,
  created_at: "2026-03-01T09:00:00+00:00",
  updated_at: "2026-03-01T09:00:09+00:00",
  actor_id: null,
  session_id: null,
  parent_run_id: null,
};

it("a chain that 0.2.0 wrote is verified, and goes on here", async () => {
  const folder = await mkdtemp(join(tmpdir(), "abstractruntime-python-chain-"));
  try {
    const ledger = readFixture("chains/valid.jsonl");
    await writeFile(join(folder, `run_${runId}.json`), JSON.stringify(run, null, 2));
    await writeFile(join(folder, `ledger_${runId}.jsonl`), ledger);
    await using store = hashChain(await FileStore.open(folder));
    const before = await verifyRun(store, runId, { mayBeginUnchained: false });
    expect(before).toMatchObject({ ok: true, foldedFrom: null, head: { count: 9 } });
    await new Runtime({ store }).cancelRun(runId, "enough");
    const after = await verifyRun(store, runId, { mayBeginUnchained: false });
    expect(after).toMatchObject({ ok: true, foldedFrom: 10, run: { status: "cancelled" } });
    expect(after.compared).toEqual({ runId: true, count: true, headHash: true, state: true });
    const texts = await store.recordTexts(runId);
    expect(texts.slice(0, 9).join("\n")).toBe(ledger.trimEnd());
  } finally {
    await rm(folder, { recursive: true });
  }
});
