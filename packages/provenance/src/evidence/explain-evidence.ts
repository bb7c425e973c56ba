import { count } from "./count.ts";
import type { EvidenceReport, RunEvidence } from "./evidence-report.ts";
import { explainFaults } from "./explain-faults.ts";
import { explainProofs, explainLimits } from "./explain-proofs.ts";

/** A report in plain words: what is wrong and where, what is proven, and what is not. Lines of text for a terminal. */
export function explainEvidence(report: EvidenceReport): readonly string[] {
  // Ids come from the file, and must not move the cursor or turn the text around.
  return linesOf(report).map((line) => line.replaceAll(/[\p{Cc}\p{Cf}]/gu, "\uFFFD"));
}

function linesOf(report: EvidenceReport): readonly string[] {
  const { header, runs, fileProblems, keyBasis } = report;
  return [
    `Evidence of run ${header.rootRunId}, exported ${header.exportedAt}: ${count(runs.length, "run")}, ${count(recordsOf(runs), "record")}.`,
    "",
    verdictOf(report),
    ...fileProblems.map(({ line, what }) => `  line ${line} of the file: ${what}`),
    ...runs.flatMap((run) => [
      "",
      `Run ${run.run.runId} (workflow ${run.run.workflowId}, ${run.run.status})`,
      ...explainFaults(run, keyBasis).map((text) => `  WRONG   ${text}`),
      ...explainProofs(run, keyBasis).map((text) => `  proven  ${text}`),
      ...explainLimits(run, keyBasis).map((text) => `  open    ${text}`),
    ]),
    "",
    "What no file can show: whether what the run was told from outside was true, whether the signer's",
    "clock was right, and whether whoever held a key was the one who should have.",
  ];
}

function verdictOf(report: EvidenceReport): string {
  const { ok, firstBadLine, keyBasis } = report;
  if (ok && keyBasis === "trusted")
    return "OK: nothing contradicts, and keys that you trust have signed";
  if (ok)
    return "OK as far as it can be told: nothing contradicts, but no key that you trust has signed";
  if (!isChanged(report))
    return "NOT PROVEN: nothing was changed since it was hashed, but what should be signed is not";
  const where =
    firstBadLine === null ? "" : `: the first fault is at line ${firstBadLine} of the file`;
  return `NOT AS IT WAS${where}`;
}

const misfits: ReadonlySet<string> = new Set(["bad_signature", "malformed"]);

/** Whether something is another than it was; if not, it is the signatures that are missing, or don't count. */
function isChanged({ fileProblems, runs }: EvidenceReport): boolean {
  return (
    fileProblems.length > 0 ||
    runs.some(
      ({ ledger, signatures, witness }) =>
        !ledger.ok ||
        witness?.ok === false ||
        signatures.seals.some(({ status }) => misfits.has(status)),
    )
  );
}

function recordsOf(runs: readonly RunEvidence[]): number {
  return runs.reduce((sum, { ledger }) => sum + ledger.chain.count, 0);
}
