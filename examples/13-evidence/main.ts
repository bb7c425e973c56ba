// New here: a run that is shown to somebody who does not trust whoever ran it.
import {
  complete,
  defineEffect,
  defineWorkflow,
  MemoryStore,
  Runtime,
} from "@abstractruntime/core";
import {
  explainEvidence,
  exportEvidence,
  hashChain,
  KeySigner,
  sealHeads,
  verifyEvidence,
} from "@abstractruntime/provenance";
import { VirtualClock } from "@abstractruntime/testkit";

const answers: Readonly<Record<string, string>> = {
  "What is to be done?": "refund",
  "Report.": "The customer was charged twice. I refunded 40 EUR.",
};
const llm = defineEffect({
  type: "llm_call",
  replay: "safe",
  perform: ({ prompt }: { prompt: string }) => answers[prompt] ?? "",
});
const refund = defineEffect({
  type: "refund",
  replay: "never",
  perform: ({ amount }: { amount: number }) => ({ refunded: amount, currency: "EUR" }),
});

const agent = defineWorkflow({
  id: "support-agent",
  entry: "think",
  nodes: {
    think: () => llm({ prompt: "What is to be done?" }, { resultKey: "decision", next: "act" }),
    act: () => refund({ amount: 40 }, { resultKey: "receipt", next: "report" }),
    report: () => llm({ prompt: "Report." }, { resultKey: "report", next: "done" }),
    done: (run) => complete(run.vars.report),
  },
});

// Each record names the hash of the one before it. Every four records the agent's key signs the last hash, and at the end.
const clock = new VirtualClock();
const signer = KeySigner.generate({ keyId: "agent-2026", actorId: "support-agent" });
const store = hashChain(new MemoryStore({ clock }), {
  seal: sealHeads({ signers: signer, every: 4, clock }),
});
const runtime = new Runtime({ store, clock, effects: [llm, refund] });
const run = await runtime.start(agent, { id: "case-7", actorId: "support-agent" });
console.log(`${await run.result()}\n`);

// One file, for an auditor who has the public key from elsewhere.
const file: Buffer[] = [];
for await (const piece of exportEvidence(store, "case-7", { clock })) file.push(Buffer.from(piece));
const keys = [{ keyId: "agent-2026", publicKey: signer.publicKey, actorIds: ["support-agent"] }];
const report = await verifyEvidence(file, { keys });
console.log(`${explainEvidence(report).join("\n")}\n`);

// Somebody would like it to have been 41, and changes one byte.
const text = Buffer.concat(file).toString();
const changed = text.replace('"refunded":40', '"refunded":41');
console.log(explainEvidence(await verifyEvidence([changed], { keys })).join("\n"));
await runtime.close();
