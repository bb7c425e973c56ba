import {
  artifactRef,
  complete,
  defineWorkflow,
  MemoryArtifactStore,
  MemoryStore,
  putText,
  Runtime,
  startSubworkflow,
} from "@abstractruntime/core";
import { scriptedEffect, VirtualClock } from "@abstractruntime/testkit";
import {
  type EvidenceOptions,
  exportEvidence,
  hashChain,
  KeySigner,
  sealHeads,
  type SealOptions,
  type TrustedKey,
  WitnessedStore,
} from "../../src/index.ts";
import { MemoryWitness } from "./heads.ts";

/** An agent's run with a child and an artifact, chained, sealed and witnessed, in memory. */
export async function evidenceWorld(options: Partial<SealOptions> = {}) {
  const clock = new VirtualClock();
  const signer = KeySigner.generate({ keyId: "agent-2026" });
  const witness = new MemoryWitness();
  const artifacts = new MemoryArtifactStore();
  const witnessed = new WitnessedStore(new MemoryStore({ clock }), { witness, clock });
  const seal = sealHeads({ signers: signer, every: 4, clock, ...options });
  const store = hashChain(witnessed, { seal });
  const ask = scriptedEffect({
    type: "llm_call",
    outcomes: [{ result: { text: "look at the ledger" } }, { result: { text: "done" } }],
  });
  const child = defineWorkflow({
    id: "lookup",
    entry: "only",
    nodes: { only: () => complete({ found: true }) },
  });
  const agent = defineWorkflow({
    id: "agent",
    entry: "think",
    nodes: {
      think: () => ask({ prompt: "what next?" }, { resultKey: "thought", next: "delegate" }),
      delegate: () => startSubworkflow({ workflow: "lookup", resultKey: "found", next: "act" }),
      act: (run) => ask({ context: run.vars.report }, { resultKey: "action", next: "done" }),
      done: (run) => complete({ said: run.vars.action }),
    },
  });
  const runtime = new Runtime({
    store,
    artifacts,
    clock,
    effects: [ask],
    workflows: [agent, child],
  });
  const { artifactId } = await putText(artifacts, "the report, in full", { runId: "run-1" });
  const run = await runtime.start(agent, {
    id: "run-1",
    vars: { report: artifactRef(artifactId) },
  });
  await run.result();
  await witnessed.flush();
  const keys: readonly TrustedKey[] = [{ keyId: signer.keyId, publicKey: signer.publicKey }];
  return {
    signer,
    witness,
    store,
    keys,
    lines: (more: EvidenceOptions = {}) => evidenceLines(store, { artifacts, clock, ...more }),
  };
}

/** The lines of an exported file, without their ends. */
async function evidenceLines(
  store: Parameters<typeof exportEvidence>[0],
  options: EvidenceOptions,
): Promise<readonly string[]> {
  const pieces: Uint8Array[] = [];
  for await (const piece of exportEvidence(store, "run-1", options)) pieces.push(piece);
  const lines = Buffer.concat(pieces).toString("utf8").split("\n");
  return lines.slice(0, -1);
}

/** A file of these lines. */
export function fileOf(lines: readonly string[]): readonly [string] {
  return [lines.map((line) => `${line}\n`).join("")];
}
