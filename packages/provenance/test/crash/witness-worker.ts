// Writes sealed ledgers and dies between a commit and the witness. Usage: node witness-worker.ts FOLDER KEYFILE SUBMISSIONS
import { join } from "node:path";
import { askUser, complete, defineWorkflow, Runtime } from "@abstractruntime/core";
import { FileStore } from "@abstractruntime/storage-fs";
import {
  FileWitness,
  hashChain,
  openKeyFile,
  sealHeads,
  type Witness,
  WitnessedStore,
} from "../../src/index.ts";

const [folder = "", keyFile = "", submissions = ""] = process.argv.slice(2);
let left = Number(submissions);

const file = await FileWitness.open(join(folder, "witness.jsonl"));
const witness: Witness = {
  submit: async (head) => {
    if (left === 0) process.kill(process.pid, "SIGKILL");
    left -= 1;
    await file.submit(head);
  },
  list: (runId) => file.list(runId),
};
const store = new WitnessedStore(await FileStore.open(join(folder, "data")), { witness });
const seal = sealHeads({ signers: await openKeyFile(keyFile), every: 1 });
const runtime = new Runtime({ store: hashChain(store, { seal }) });

const question = defineWorkflow({
  id: "question",
  entry: "ask",
  nodes: {
    ask: () => askUser({ prompt: "Go on?", resultKey: "answer", next: "done" }),
    done: (run) => complete(run.vars.answer),
  },
});
for (const id of ["r1", "r2", "r3"]) {
  const run = await runtime.start(question, { id });
  const { waiting } = await run.state();
  await run.resume("yes", { waitId: waiting?.waitId ?? "" });
}
await store.flush();
await runtime.close();
