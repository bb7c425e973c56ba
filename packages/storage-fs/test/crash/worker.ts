// The process that works, and is killed. It opens the folder, goes on with all runs, and tells its parent on standard
// output what it does, each line in one synchronous write: what was said before a kill is there after it.
import { writeSync } from "node:fs";
import { DefaultEffectPolicy, Runtime, systemClock } from "@abstractruntime/core";
import { seededRandom } from "@abstractruntime/testkit";
import { FileStore } from "../../src/index.ts";
import { crashSwitch } from "./crash-switch.ts";
import { effects, type Tools } from "./effects.ts";
import { EvidenceLog } from "./evidence.ts";
import type { Job, Line } from "./job.ts";
import { OutsideWorld } from "./outside-world.ts";
import { scratch, workflows } from "./workflows.ts";

const job = JSON.parse(process.argv[2] ?? "") as Job;
const stop = Promise.withResolvers<void>();
let lines = 0;

function say(line: Line): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
  lines += 1;
  if (lines === job.stopAfter) stop.resolve();
}

async function openStore(): Promise<FileStore> {
  const reached = crashSwitch(process.env["CRASH_AT"] ?? "");
  const crashPoint = (name: string): void => {
    say({ kind: "point", name });
    reached(name);
  };
  const store = await FileStore.open(job.dir, { crashPoint });
  const [damaged] = store.report().damaged;
  if (damaged !== undefined) throw new Error(`${damaged.runId} is damaged: ${damaged.message}`);
  const commit = store.commit.bind(store);
  store.commit = async (change, options) => {
    const committed = await commit(change, options);
    say({ kind: "committed", runId: change.runId, revision: change.run.revision });
    return committed;
  };
  return store;
}

/** Runs that ended long ago, with artifacts, and their purge. */
async function keepHouse(store: FileStore): Promise<void> {
  const clock = { ...systemClock, now: () => Date.UTC(2001, 0, 1) };
  await using past = new Runtime({ store, clock, closesStore: false });
  for (const number of [1, 2]) {
    const id = `scratch-${job.life}-${number}`;
    await store.artifacts.put(new TextEncoder().encode(id), { runId: id });
    await past.start(scratch, { id });
  }
  await store.purge({ endedBefore: "2010-01-01T00:00:00Z" });
}

async function live(): Promise<void> {
  say({ kind: "opening" });
  const store = await openStore();
  say({ kind: "opened" });
  const evidence = new EvidenceLog(job.evidence);
  const context: Tools = { store, evidence, say: (text) => say({ kind: "deed", text }) };
  const policy = new DefaultEffectPolicy({ maxInterruptions: 3 });
  const runtime = new Runtime({ store, workflows, effects, policy, context });
  const world = new OutsideWorld({
    runtime,
    evidence,
    random: seededRandom(job.life),
    accepted: (messageId, runIds) => say({ kind: "accepted", messageId, runIds }),
  });
  const work = Promise.all([world.work(), keepHouse(store)]).then(() => say({ kind: "done" }));
  await Promise.race([work, stop.promise]);
  await runtime.close();
  // Whatever was under way when this life was told to stop finds everything closed.
  await work.catch((error: unknown) => {
    if (job.stopAfter === null) throw error;
  });
  say({ kind: "closed" });
}

await live();
process.exit();
