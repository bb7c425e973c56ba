import { canonicalJson } from "@abstractruntime/core/store";
import type { LedgerRecord, RunState } from "@abstractruntime/core";
import type { Picture, PicturedRun } from "./picture.ts";

/** How all runs ended, by names that do not depend on chance: without times, attempts, and ids of children. */
export function endsOf({ runs }: Picture): Readonly<Record<string, string>> {
  const names = new Map([...runs.values()].map(({ run }) => [run.runId, nameOf(run, runs)]));
  const ends = [...runs.values()]
    .filter(({ run }) => run.workflowId !== "scratch")
    .map((pictured): readonly [string, string] => {
      let text = endOf(pictured);
      for (const [runId, name] of names) text = text.replaceAll(runId, name);
      return [names.get(pictured.run.runId) ?? "", text];
    });
  return Object.fromEntries(ends.toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** A root's id; of a child, its parent's name, the ordinal of the step that started it, and its place in it. */
function nameOf({ runId, parent }: RunState, runs: Picture["runs"]): string {
  const above = parent === null ? undefined : runs.get(parent.runId);
  if (parent === null || above === undefined) return runId;
  const place = parent.index === null ? "" : `.${parent.index}`;
  return `${nameOf(above.run, runs)}/${parent.stepId.split(":").at(-1)}${place}`;
}

function endOf({ run, ledger, inbox }: PicturedRun): string {
  const { workflowId, status, vars, output, error } = run;
  const failure = error === null ? null : { code: error.code, message: error.message };
  const unread = inbox.map(({ message }) => message.messageId);
  const steps = stepEnds(ledger);
  return canonicalJson({ workflowId, status, vars, output, error: failure, steps, unread });
}

/** How steps and waits ended for good. That an effect happened counts alike, whoever says it. */
function stepEnds(ledger: readonly LedgerRecord[]): readonly string[] {
  const types = new Map(
    ledger.flatMap((record) =>
      "effectType" in record ? [[record.stepId, record.effectType]] : [],
    ),
  );
  return ledger.flatMap((record) => {
    if (record.kind === "completed") return [`${record.nodeId}: ${record.effectType} completed`];
    if (record.kind === "settled" && record.verdict === "happened")
      return [`${record.nodeId}: ${types.get(record.stepId ?? "")} completed`];
    if (record.kind === "failed" && record.retryAt === null)
      return [`${record.nodeId}: ${record.effectType} failed`];
    if (record.kind === "answered" || record.kind === "timed_out")
      return [`${record.nodeId}: ${record.kind}`];
    return [];
  });
}
