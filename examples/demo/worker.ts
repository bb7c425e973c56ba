// The process that works, and that the demo kills. It knows nothing of kills: it opens the folder, starts the review or
// goes on with it (which is the same call), and stops when the run waits or has ended.
import { Runtime, type RunState } from "@abstractruntime/core";
import { FileStore } from "@abstractruntime/storage-fs";
import type { Job, Outcome } from "./messages.ts";
import { doJob, midway } from "./reporting.ts";
import { listDocuments } from "./review/list-documents.ts";
import type { ReviewContext } from "./review/midway.ts";
import { readDocument } from "./review/read-document.ts";
import { review } from "./review/workflow.ts";
import { writeReport } from "./review/write-report.ts";

async function work(job: Job): Promise<Outcome> {
  const store = await FileStore.open(job.dataFolder);
  const context: ReviewContext = { artifacts: store.artifacts, midway };
  const effects = [listDocuments, readDocument, writeReport];
  await using runtime = new Runtime({ store, effects, context });
  const { runId: id, folder, dataFolder: leaveOut, limit } = job;
  const run = await runtime.start(review, { id, vars: { folder, leaveOut, limit } });
  let state = await run.state();
  if (state.status === "waiting" && job.answer !== null)
    state = await run.resume(job.answer, { waitId: state.waiting.waitId });
  return outcomeOf(state);
}

function outcomeOf(state: RunState): Outcome {
  if (state.status === "waiting") return { status: "waiting", prompt: state.waiting.prompt ?? "" };
  if (state.status !== "completed")
    throw new Error(`the run is ${state.status}: ${state.error?.message}`);
  const { report } = state.output as { readonly report: { readonly $artifact: string } | null };
  return { status: "completed", reportId: report?.$artifact ?? null };
}

await doJob(work);
