import { MemoryArtifactStore, MemoryStore, offload } from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import { defineTool, type Agent } from "../../src/index.ts";
import { converse, messagesOf } from "./agent-world.ts";
import { ScriptedModel } from "./scripted-model.ts";

const turns = 200;

/** Texts of which no two are alike. */
const text = (seed: number, bytes: number): string => `${seed} ${"words ".repeat(bytes / 6)}`;

const look = defineTool({
  name: "look",
  description: "Looks at a page",
  replay: "safe",
  execute: ({ page }: { page: number }) => text(page, 4_000),
});

/** A whole conversation in a store; the ledgers are read where they are at rest. */
async function talk(spec: Partial<Agent["rules"]> = {}, offloaded = false) {
  let turn = 0;
  const model = new ScriptedModel(() => {
    turn += 1;
    const content = text(turn, 1_000);
    if (turn === turns) return content;
    const call = { name: "look", arguments: { page: turn }, call_id: `call_${turn}` };
    return { content, tool_calls: [call] };
  });
  const { history } = spec;
  const options = { tools: [look], maxTurns: turns, ...(history && { history }) };
  const store = new MemoryStore();
  const artifacts = new MemoryArtifactStore();
  const { runtime, state } = await converse(model, options, undefined, {
    store: offloaded ? offload(store, { artifacts, thresholdBytes: 2_000 }) : store,
  });
  expect(state.status).toBe("completed");
  const records = await runtime.getLedger("run");
  const bytesOfRun = async (runId: string): Promise<readonly number[]> =>
    (await store.recordTexts(runId)).map((line) => Buffer.byteLength(line) + 1);
  const calls = await runtime.listRuns({ parentRunId: "run", limit: 1_000 });
  const ofCalls = await Promise.all(calls.items.map(({ runId }) => bytesOfRun(runId)));
  return { state, records, bytes: await bytesOfRun("run"), bytesOfCalls: ofCalls.flat() };
}

const sum = (sizes: readonly number[]): number => sizes.reduce((all, size) => all + size, 0);

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

describe("an agent of 200 turns, with a history that grows", () => {
  it("writes into its ledger in each turn at most three times that turn's new messages", async () => {
    const { state, records, bytes } = await talk();
    const messages = messagesOf(state);
    expect(messages).toHaveLength(2 * turns);

    /** Where each turn begins in the ledger: its model call is intended. */
    const begins = records.flatMap((record, index) =>
      record.kind === "begun" && record.effectType === "llm_call" ? [index] : [],
    );
    expect(begins).toHaveLength(turns);
    const ratios = begins.map((from, turn) => {
      const written = sum(bytes.slice(from, begins[turn + 1]));
      const added = bytesOf(messages.slice(2 * turn + 1, 2 * turn + 3));
      return written / added;
    });
    // The last turn has no tool's result, so that the end of the run weighs more in it.
    expect(Math.max(...ratios.slice(0, -1))).toBeLessThanOrEqual(3);
    // It is the messages that are written, and not the history: late turns are as early ones.
    expect(ratios.at(-2)).toBeLessThan((ratios[1] ?? NaN) * 1.1);
  });

  it("stays below that with the runs of its tool calls, where long texts are artifacts", async () => {
    const { state, bytes, bytesOfCalls } = await talk({}, true);
    expect(bytesOfCalls.length).toBeGreaterThan(turns);
    const added = bytesOf(messagesOf(state));
    expect(sum(bytes) + sum(bytesOfCalls)).toBeLessThan(3 * added);
  });

  it("holds no more than its history may, where that has a bound", async () => {
    const { state, bytes } = await talk({ history: { maxMessages: 20 } });
    expect(messagesOf(state).length).toBeLessThanOrEqual(20);
    expect(bytesOf(state.vars)).toBeLessThan(20 * 5_000);
    expect(sum(bytes)).toBeLessThan(3 * turns * 5_200);
  });
});
