import { askUser, complete, defineWorkflow, MemoryStore, Runtime } from "@abstractruntime/core";
import { describeDurableStore } from "@abstractruntime/testkit/conformance";
import { VirtualClock } from "@abstractruntime/testkit";
import { describe, expect, it } from "vitest";
import { MemoryWitness } from "../../test/support/heads.ts";
import { hashChain } from "../chain/hash-chain.ts";
import { KeySigner } from "../keys/key-signer.ts";
import { sealHeads } from "../sign/head-sealer.ts";
import { verifyAgainstWitness } from "./verify-against-witness.ts";
import { WitnessedStore } from "./witness-store.ts";

const runner = { describe, it, expect };

describeDurableStore(
  "WitnessedStore over memory",
  {
    open: ({ clock }) => {
      const witness = new MemoryWitness();
      return Promise.resolve(new WitnessedStore(new MemoryStore({ clock }), { witness }));
    },
  },
  runner,
);

const question = defineWorkflow({
  id: "question",
  entry: "ask",
  nodes: {
    ask: () => askUser({ prompt: "Go on?", resultKey: "answer", next: "done" }),
    done: (run) => complete(run.vars.answer),
  },
});

function world(every: number | "record" = 64) {
  const clock = new VirtualClock();
  const store = new MemoryStore({ clock });
  const witness = new MemoryWitness();
  const witnessed = new WitnessedStore(store, { witness, clock });
  const signer = KeySigner.generate({ keyId: "k1" });
  const seal = sealHeads({ signers: signer, every, clock });
  const chained = hashChain(witnessed, { seal });
  return { clock, store, witness, witnessed, runtime: new Runtime({ store: chained, clock }) };
}

async function ask(runtime: Runtime, id: string) {
  return runtime.start(question, { id });
}

async function answer(runtime: Runtime, id: string): Promise<void> {
  const { waiting } = await runtime.getState(id);
  await runtime.resume(id, "yes", { waitId: waiting?.waitId ?? "" });
}

describe("WitnessedStore", () => {
  it("hands out the head of each wait and end", async () => {
    const { runtime, store, witness, witnessed } = world();
    await ask(runtime, "r1");
    await answer(runtime, "r1");
    await witnessed.flush();
    const count = (await store.recordTexts("r1")).length;
    expect(witness.heads.map(({ seq }) => seq)).toEqual([3, count]);
    expect(await verifyAgainstWitness(store, "r1", witness)).toMatchObject({
      ok: true,
      heads: 2,
      witnessedCount: count,
    });
  });

  it("lets runs go on, and end, while the witness is away", async () => {
    const { runtime, witness, witnessed, clock } = world();
    witness.failure = new Error("no route");
    const run = await ask(runtime, "r1");
    await answer(runtime, "r1");
    expect((await run.state()).status).toBe("completed");
    expect(witnessed.lag.heads).toBe(2);
    expect(witness.heads).toEqual([]);
    witness.failure = null;
    await clock.advance(60_000);
    await witnessed.flush();
    expect(witness.heads).toHaveLength(2);
  });

  it("lets runs go on while the witness hangs, and closes", async () => {
    const { runtime, witness, witnessed } = world();
    const gate = Promise.withResolvers<void>();
    witness.gate = gate.promise;
    const run = await ask(runtime, "r1");
    await answer(runtime, "r1");
    expect((await run.state()).status).toBe("completed");
    expect(witnessed.lag.heads).toBe(2);
    gate.resolve();
    await runtime.close();
  });

  it("finds in the ledgers what a crash kept from the witness", async () => {
    const { runtime, store, witness, witnessed } = world("record");
    await ask(runtime, "r1");
    await witnessed.flush();
    const known = witness.heads.length;
    witness.failure = new Error("no route");
    await answer(runtime, "r1");
    await ask(runtime, "r2");
    // The process ends here, and its line with it.
    witness.failure = null;
    const reopened = new WitnessedStore(store, { witness });
    const texts = [...(await store.recordTexts("r1")), ...(await store.recordTexts("r2"))];
    expect(await reopened.catchUp()).toBe(texts.length - known);
    expect(witness.heads).toHaveLength(texts.length);
    expect(await reopened.catchUp()).toBe(0);
    for (const runId of ["r1", "r2"])
      expect((await verifyAgainstWitness(store, runId, witness)).ok).toBe(true);
  });

  it("catches up with the runs that it is asked for", async () => {
    const { runtime, store } = world();
    await ask(runtime, "r1");
    await answer(runtime, "r1");
    await ask(runtime, "r2");
    const witness = new MemoryWitness();
    await new WitnessedStore(store, { witness }).catchUp({ status: "completed", limit: 1 });
    expect(new Set(witness.heads.map(({ runId }) => runId))).toEqual(new Set(["r1"]));
  });

  it("leaves the heads that a fork copied to the run that they are of", async () => {
    const { runtime, store, witness, witnessed } = world("record");
    const run = await ask(runtime, "r1");
    await run.fork({ id: "r2", atSeq: 3, effects: "rerun" });
    await witnessed.flush();
    const fresh = new MemoryWitness();
    await new WitnessedStore(store, { witness: fresh }).catchUp();
    for (const one of [witness, fresh]) {
      const ofFork = await one.list("r2");
      expect(ofFork.length).toBeGreaterThan(0);
      expect(ofFork.every(({ seq }) => seq > 3)).toBe(true);
      expect((await verifyAgainstWitness(store, "r2", one)).ok).toBe(true);
    }
  });

  it("does not hand out the head of a run that was there already", async () => {
    const { runtime, witness, witnessed } = world("record");
    await ask(runtime, "r1");
    await witnessed.flush();
    const before = [...witness.heads];
    await ask(runtime, "r1");
    await witnessed.flush();
    expect(witness.heads).toEqual(before);
  });
});
