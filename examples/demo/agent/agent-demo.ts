import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { answerTo, newFolder, report, say } from "../demo.ts";
import { assertFolder } from "../assert-folder.ts";
import { ledgerTable } from "../ledger-table.ts";
import { live } from "../life.ts";
import type { Job } from "../messages.ts";
import type { Options } from "../options.ts";
import { printable } from "../printable.ts";
import type { Midway } from "../review/midway.ts";
import { proveAgent } from "./agent-proof.ts";

const worker = join("agent", "worker.ts");

/**
 * The story of the demo, with a model: an agent reviews the folder, is killed while it reads, goes on, and asks before it writes.
 *
 * @returns whether everything was as the product promises
 */
export async function agentDemo(options: Options): Promise<boolean> {
  await assertFolder(options.folder);
  const dataFolder = await newFolder(options);
  const { folder, limit } = options;
  const job: Job = { runId: `agent-${randomUUID()}`, dataFolder, folder, limit, answer: null };
  say(`Review of ${printable(folder)}, by an agent`, "bold");
  say(`Its runs are kept in ${dataFolder}\n`);

  say("Process 1 starts the agent.", "bold");
  const first = await live(job, (where) => report(where) && !isReading(where), worker);
  if (first.killedIn === null) throw new Error("the model has read no file: try another one");
  say(`  Process 1 (pid ${first.pid}) got ${first.signal} in the middle of this call.\n`, "red");

  say("Process 2 opens the same folder and goes on.", "bold");
  let last = await live(job, report, worker);
  if (last.outcome?.status === "waiting") {
    say("  Process 2 is gone. The call that would write waits on disk for somebody to agree.\n");
    const answer = await answerTo(last.outcome.prompt, options);
    say("Process 3 brings the answer.", "bold");
    last = await live({ ...job, answer }, report, worker);
  }
  const said = last.outcome?.status === "completed" ? (last.outcome.said ?? "") : "";
  say(`  ${printable(said)}\n`);

  const { ledger, toolCalls, modelCalls, faults } = await proveAgent(dataFolder, job.runId, first);
  say(`${modelCalls} model calls and ${toolCalls} tool calls; one was made again: the killed one`);
  say(`\nThe agent's ledger, ${ledger.length} records`, "bold");
  say(ledgerTable(ledger));
  for (const fault of faults) say(`Not as promised: ${fault}`, "red");
  say(`What it wrote is in ${join(dataFolder, "report")}`);
  return faults.length === 0;
}

/** The first file that it reads. */
function isReading({ effect }: Midway): boolean {
  return effect === "read_file";
}
