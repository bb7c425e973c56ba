import { randomUUID } from "node:crypto";
import { mkdtemp, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { styleText } from "node:util";
import { ask } from "./ask.ts";
import { assertFolder } from "./assert-folder.ts";
import { ledgerTable } from "./ledger-table.ts";
import { type Life, live } from "./life.ts";
import type { Job } from "./messages.ts";
import type { Options } from "./options.ts";
import { printable } from "./printable.ts";
import { type Proof, prove } from "./proof.ts";
import type { Midway } from "./review/midway.ts";

/**
 * The story: a worker is killed in the middle, another one goes on, a third one comes when the person has answered.
 *
 * @returns whether everything was as the product promises
 */
export async function demo(options: Options): Promise<boolean> {
  await assertFolder(options.folder);
  const job = await newJob(options);
  say(`Review of ${printable(job.folder)}`, "bold");
  say(`The run is kept in ${job.dataFolder}\n`);

  say("Process 1 starts the review.", "bold");
  const first = await live(job, (where) => report(where) && !isInTheMiddle(where));
  say(`  Process 1 (pid ${first.pid}) got ${first.signal} in the middle of this effect.\n`, "red");

  say("Process 2 opens the same folder and goes on.", "bold");
  const second = await live(job, report);
  if (second.outcome?.status !== "waiting") throw new Error("the run does not ask its question");
  say(
    "  Process 2 has nothing to do until somebody answers, and is gone. The run waits on disk.\n",
  );

  const answer = await answerTo(second.outcome.prompt, options);
  say("Process 3 brings the answer.", "bold");
  const third = await live({ ...job, answer }, report);
  say(`  The run has ${third.outcome?.status}.\n`);

  const proof = await prove(job.dataFolder, job.runId, [first, second, third]);
  tell(proof);
  await showReport(job, third);
  return proof.faults.length === 0;
}

/** Where the run is kept. */
export async function newFolder({ keep }: Options): Promise<string> {
  return keep ?? mkdtemp(join(tmpdir(), "abstractruntime-demo-"));
}

async function newJob(options: Options): Promise<Job> {
  const { folder, limit } = options;
  const dataFolder = await newFolder(options);
  return { runId: `review-${randomUUID()}`, dataFolder, folder, limit, answer: null };
}

/** The document in the middle; in a folder without any, the listing itself. */
function isInTheMiddle({ number, of }: Midway): boolean {
  return of === 0 || number === Math.ceil(of / 2);
}

/** Show what a worker is doing. @returns true, for it may go on */
export function report({ effect, subject, attempt, number, of }: Midway): true {
  const place = number === null ? "" : `${number}/${of} `;
  const again = attempt > 1 ? ` (attempt ${attempt})` : "";
  say(`  ${effect} ${place}${printable(subject)}${again}`);
  return true;
}

/** The person's answer, or the one that was given for them. */
export async function answerTo(prompt: string, { answer }: Options): Promise<string> {
  if (answer === null && process.stdin.isTTY) return ask(prompt);
  const given = answer ?? "yes";
  const why = answer === null ? "no terminal to ask at: see --answer" : "--answer";
  say(`${prompt} ${given} (${why})\n`);
  return given;
}

function tell({ reused, again, ledger, folds, faults }: Proof): void {
  say("What the kill cost", "bold");
  say(`  reused          ${reused.length} effects that had ended; none was performed again`);
  for (const { effect, subject, attempt } of again)
    say(`  executed again  ${effect} ${printable(subject)}, as attempt ${attempt}`);
  say(`\nThe ledger, ${ledger.length} records`, "bold");
  say(ledgerTable(ledger));
  say(`foldRun(ledger) equals the state: ${folds ? "yes" : "NO"}\n`, folds ? "green" : "red");
  for (const fault of faults) say(`Not as promised: ${fault}`, "red");
}

async function showReport({ dataFolder }: Job, { outcome }: Life): Promise<void> {
  if (outcome?.status !== "completed" || outcome.reportId === null) {
    say("No report was written, as you wished.");
    return;
  }
  const file = join(dataFolder, "artifacts", `${outcome.reportId}.bin`);
  const [, , summary] = (await readFile(file, "utf8")).split("\n");
  say(`${summary}\nThe report, a Markdown text, is the artifact ${file}`);
}

export function say(text: string, style?: Parameters<typeof styleText>[0]): void {
  console.log(style === undefined ? text : styleText(style, text, { stream: process.stdout }));
}
