// The process that drives the agent, and that the demo kills. It knows nothing of kills: it opens the folder, starts the agent
// or goes on with it, and stops when somebody has to agree, or the run has ended.
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import {
  approve,
  createHybridRuntime,
  openApprovals,
  reactAgent,
  reject,
} from "@abstractruntime/abstractcore";
import { FileStore } from "@abstractruntime/storage-fs";
import { endpointOf } from "../../07-react-agent/endpoint.ts";
import { fileTools } from "../../07-react-agent/file-tools.ts";
import type { Job, Outcome } from "../messages.ts";
import { doJob, midway } from "../reporting.ts";

const SYSTEM =
  "You review folders of documents. List the files, read the three that say most about the whole, and no others. Then write a " +
  "short report in Markdown to report.md, and end with a sentence on what the folder is about.";

async function work({ runId: id, dataFolder, folder, answer }: Job): Promise<Outcome> {
  const endpoint = endpointOf(process.env);
  if (endpoint === null) throw new Error("the endpoint of the model is gone");
  const reports = join(dataFolder, "report");
  await mkdir(reports, { recursive: true });
  let calls = 0;
  const onCall = (effect: string, subject: string, attempt: number): Promise<void> =>
    midway({ effect, subject, attempt, number: (calls += 1), of: 0 });
  // It reads there, and writes here: no document of the person who tries the demo is ever touched.
  const tools = [
    ...fileTools(folder, onCall).filter(({ name }) => name !== "write_file"),
    ...fileTools(reports, onCall).filter(({ name }) => name === "write_file"),
  ];
  const agent = reactAgent({ id: "reviewer", system: SYSTEM, tools, maxTurns: 20 });
  await using runtime = createHybridRuntime({
    ...endpoint,
    store: await FileStore.open(dataFolder),
    agents: [agent],
    maxConcurrency: 1, // one after the other, so that a kill meets one
  });
  const run = await runtime.start(agent, { id, vars: { task: "Review the folder." } });
  const decision = answer === "yes" ? approve() : reject("the user wants no report");
  for (;;) {
    const { status } = await run.run();
    if (status !== "waiting") break;
    const { value: open } = await openApprovals(runtime, {}).next();
    if (open === undefined) throw new Error("the run waits, and not for a person's consent");
    if (answer === null) return { status: "waiting", prompt: "Write the report?" };
    await runtime.resume(open.runId, decision, { waitId: open.waitId });
  }
  const { answer: said } = await run.result();
  return { status: "completed", reportId: null, said };
}

await doJob(work);
