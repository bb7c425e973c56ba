import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { NewRun } from "../ports/durable-store.ts";

/**
 * Refuse a run from elsewhere whose records are not the last ones of its ledger. One without `texts` passes, and so do the
 * children of each that does.
 *
 * @throws invalid_argument
 */
export function checkTexts(given: NewRun): void {
  for (const child of given.children) checkTexts(child);
  const { run, texts, records, commitId, copyOf } = given;
  if (texts === undefined) return;
  const refuse = (what: string): never => {
    throw new AbstractRuntimeError("invalid_argument", `run ${run.runId} with its texts: ${what}`, {
      details: { runId: run.runId },
    });
  };
  if (copyOf !== undefined) refuse("it copies another run; give one of copyOf and texts");
  if (records.length === 0) refuse("it has no records");
  if (run.seq !== texts.length) refuse(`run.seq is ${run.seq}, of ${texts.length} lines`);
  const first = texts.length - records.length + 1;
  for (const [index, record] of records.entries())
    if (record.seq !== first + index)
      refuse(`records[${index}].seq is ${record.seq}, not ${first + index}`);
  if (records.at(-1)?.commitId !== commitId) refuse("its last commit is not commitId");
  if (texts.some((text) => text.trim() === "" || text.includes("\n")))
    refuse("one of them is not a line");
}
