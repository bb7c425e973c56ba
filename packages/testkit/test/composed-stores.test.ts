import {
  askUser,
  combineStores,
  complete,
  defineWorkflow,
  goto,
  MemoryArtifactStore,
  MemoryLedgerStore,
  MemoryRunStore,
  MemoryStore,
  offload,
  Runtime,
} from "@abstractruntime/core";
import { foldRun, type DurableStore } from "@abstractruntime/core/store";
import { describe, expect, it } from "vitest";

const talk = defineWorkflow({
  id: "talk",
  entry: "begin",
  nodes: {
    begin: (run) => {
      run.vars.messages = Array.from({ length: 30 }, (_, index) => `message ${index}`);
      return goto("ask");
    },
    ask: () => askUser({ prompt: "What else?", resultKey: "answers.first", next: "again" }),
    again: (run) => {
      run.vars.messages.push(run.vars.answers.first);
      return askUser({ prompt: "And then?", resultKey: "answers.second", next: "done" });
    },
    done: (run) => complete({ messages: run.vars.messages, answers: run.vars.answers }),
  },
});

const combined = (): DurableStore =>
  combineStores({ runs: new MemoryRunStore(), ledger: new MemoryLedgerStore() });
const apart = (store: DurableStore, thresholdBytes: number): DurableStore =>
  offload(store, { artifacts: new MemoryArtifactStore(), thresholdBytes });

describe("a runtime over a composed store", () => {
  it.each([
    ["of one piece", () => new MemoryStore()],
    ["that keeps large values apart", () => apart(new MemoryStore(), 40)],
    ["that keeps all texts and lists apart", () => apart(new MemoryStore(), 0)],
    ["of two halves", combined],
    ["of two halves that keeps large values apart", () => apart(combined(), 40)],
  ] as const)("drives a run to its end in a store %s", async (_what, open) => {
    await using store = open();
    await using runtime = new Runtime({ store });
    const run = await runtime.start(talk, { vars: { seed: "s".repeat(100) } });
    const answers = ["first ".repeat(20), ["second", "s".repeat(60)]];
    for (const answer of answers) {
      const { waiting } = await run.state();
      await run.resume(answer, { waitId: waiting?.waitId ?? "" });
    }
    const [first, second] = answers;
    const messages = Array.from({ length: 30 }, (_, index) => `message ${index}`);
    expect(await run.result()).toEqual({
      messages: [...messages, first],
      answers: { first, second },
    });
    expect(foldRun(await store.records(run.runId))).toEqual(await run.state());
  });
});
