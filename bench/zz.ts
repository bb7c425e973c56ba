import { complete, defineEffect, defineWorkflow, Runtime } from "@abstractruntime/core";
import { FileStore } from "@abstractruntime/storage-fs";
import { mkdtempSync, readFileSync, readdirSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
const safe = defineEffect({ type: "safe", replay: "safe", perform: (p: any) => ({ n: p.n + 1 }) });
const N = 500;
const w = defineWorkflow({ id: "w", entry: "a", nodes: {
  a: (r) => { r.vars.i = (r.vars.i ?? 0) + 1; return r.vars.i > N ? complete({ok:true}) : safe({ n: r.vars.i }, { resultKey: "s", next: "a" }); },
}});
const dir = mkdtempSync("/work/main/.bench-x");
const conc = Number(process.argv[2] ?? 1);
const store = await FileStore.open(dir);
const rt = new Runtime({ store, effects: [safe] });
async function ours() { const t = performance.now(); await Promise.all(Array.from({length: conc}, () => rt.start(w))); return conc * N / ((performance.now()-t)/1000); }
async function bare(bytes: number) { const t = performance.now(); await Promise.all(Array.from({length: conc}, async (_, i) => { const f = await open(`${dir}/bare${i}-${Math.random()}`, "a"); const b = Buffer.alloc(bytes, 97); for (let k=0;k<N;k++) { await f.write(b); await f.datasync(); } await f.close(); })); return conc * N / ((performance.now()-t)/1000); }
await ours();
const led = readdirSync(dir).find(f => f.startsWith("ledger_"))!;
const bytes = Math.round(statSync(`${dir}/${led}`).size / (N+1));
console.log("bytes/step", bytes);
for (let i=0;i<4;i++) { const a = await ours(), b = await bare(bytes); console.log(Math.round(a), Math.round(b), (a/b).toFixed(2)); }
await rt.close();
(await import("node:fs")).rmSync(dir, {recursive: true});
