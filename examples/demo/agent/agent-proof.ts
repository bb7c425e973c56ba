import { isDeepStrictEqual } from "node:util";
import { foldRun, type LedgerRecord, Runtime, type RunState } from "@abstractruntime/core";
import { FileStore } from "@abstractruntime/storage-fs";
import type { Life } from "../life.ts";

/** What the folder says about the agent and the runs of its tool calls. */
export interface AgentProof {
  readonly ledger: readonly LedgerRecord[];
  readonly toolCalls: number;
  readonly modelCalls: number;
  /** What is not as it must be; empty, if the product keeps its word. */
  readonly faults: readonly string[];
}

/** Read the runs from their folder, as anybody could, and hold them against the life that was killed. */
export async function proveAgent(
  dataFolder: string,
  runId: string,
  first: Life,
): Promise<AgentProof> {
  const store = await FileStore.open(dataFolder, { readOnly: true });
  await using runtime = new Runtime({ store });
  const { items: calls } = await runtime.listRuns({ parentRunId: runId, limit: 1_000 });
  const runs: readonly RunState[] = [await runtime.getState(runId), ...calls];
  const ledgers = await Promise.all(runs.map((run) => runtime.getLedger(run.runId)));
  const [ledger = []] = ledgers;
  const repeated = ledgers.flat().filter(({ kind }) => kind === "interrupted").length;
  const folds = runs.every((run, index) => isDeepStrictEqual(foldRun(ledgers[index] ?? []), run));
  const checks: readonly (readonly [boolean, string])[] = [
    [first.signal === "SIGKILL", "the first process was not killed by SIGKILL"],
    [repeated === 1, `${repeated} calls were made again, and not one`],
    [folds, "the fold of a ledger is not the state of its run"],
  ];
  return {
    ledger,
    toolCalls: calls.length,
    modelCalls: ledger.filter((r) => r.kind === "completed" && r.effectType === "llm_call").length,
    faults: checks.flatMap(([holds, fault]) => (holds ? [] : [fault])),
  };
}
