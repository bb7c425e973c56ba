// A run that has a tool executed by a worker, and whose process is killed while it waits.
import { writeSync } from "node:fs";
import { Runtime } from "@abstractruntime/core";
import { FileStore } from "@abstractruntime/storage-fs";
import { RemoteToolExecutor } from "../../src/tools/remote-tool-executor.ts";
import { toolCallsEffects } from "../../src/tools/tool-calls-effects.ts";
import { remoteCaller, type CallerJob } from "./worker-job.ts";

const { folder, url, token } = JSON.parse(process.argv[2] ?? "") as CallerJob;
const store = await FileStore.open(folder);
const executor = await RemoteToolExecutor.open({ url, token, holdMs: 1, pollMs: 50 });
const effects = toolCallsEffects(executor);
const runtime = new Runtime({ store, workflows: [remoteCaller], effects });
await runtime.start(remoteCaller, { id: "caller" });
writeSync(1, "waits\n");
const { output } = await runtime.run("caller");
writeSync(1, `output ${JSON.stringify(output)}\n`);
await runtime.close();
