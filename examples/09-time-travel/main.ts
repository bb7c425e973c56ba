// New here: looking at the past of a run, going on from there in another way, and comparing the two.
import {
  askUser,
  complete,
  defineEffect,
  defineWorkflow,
  MemoryStore,
  Runtime,
} from "@abstractruntime/core";

let letters = 0;
const write = defineEffect({
  type: "write",
  replay: "never",
  perform: ({ tone }: { tone: string }) => {
    letters += 1;
    return `letter ${letters}, ${tone}`;
  },
});

const letter = defineWorkflow({
  id: "letter",
  entry: "draft",
  nodes: {
    draft: (run) => write({ tone: run.vars.style.tone }, { resultKey: "draft", next: "review" }),
    review: (run) =>
      askUser({ prompt: `Send "${run.vars.draft}"?`, resultKey: "answer", next: "done" }),
    done: (run) => complete({ draft: run.vars.draft, answer: run.vars.answer }),
  },
});

await using runtime = new Runtime({ store: new MemoryStore(), effects: [write] });

/** Say something to a run that waits. */
async function answer(runId: string, said: string): Promise<void> {
  const { waiting } = await runtime.getState(runId);
  await runtime.resume(runId, said, { waitId: waiting?.waitId ?? "" });
}

const first = await runtime.start(letter, {
  id: "first",
  vars: { style: { tone: "formal", length: 3 } },
});
await answer("first", "too stiff");
console.log(await first.result());

// The run is over, but each of its moments is there: a state for every record of the ledger.
for (const { seq, kind, nodeId } of await first.ledger()) {
  const { status, vars } = await first.stateAt(seq);
  console.log(`${seq} ${nodeId}: ${kind}, then ${status}, draft: ${JSON.stringify(vars["draft"])}`);
}

// A fork goes on from a moment, here before anything was written. The first run is not touched.
const second = await first.fork({
  id: "second",
  atSeq: 1,
  vars: { "style.tone": "friendly" },
  effects: "ask",
  by: "ada",
});
await answer("second", "send it");
console.log(await second.result());

// Another one, from where the letter was written: the question is asked again, and nothing is written.
const third = await first.fork({ id: "third", atSeq: 4, effects: "recorded" });
await answer("third", "never mind");
console.log(await third.result(), `${letters} letters were written`);

for (const { seq, kind, runId } of await second.ledger()) console.log(`${seq} ${runId}: ${kind}`);

const diff = await runtime.diff({ runId: "first", seq: 8 }, { runId: "second", seq: 9 });
console.log(`one life up to record ${diff.sharedSeq}`);
for (const change of diff.vars)
  console.log(change.path, "was", change.old, "and is", "value" in change ? change.value : "gone");
