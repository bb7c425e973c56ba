// New here: a wait. The run stops, and nothing of it stays in memory, until somebody answers.
import {
  askUser,
  complete,
  defineWorkflow,
  goto,
  isAbstractRuntimeError,
  MemoryStore,
  Runtime,
} from "@abstractruntime/core";

const approval = defineWorkflow({
  id: "approval",
  entry: "ask",
  nodes: {
    ask: () =>
      askUser({
        prompt: "Publish the report?",
        choices: ["yes", "no"],
        allowFreeText: false,
        resultKey: "answer", // the answer goes to run.vars.answer …
        next: "decide", // … and the run goes on here: `ask` is not called again
      }),
    decide: (run) => (run.vars.answer === "yes" ? goto("publish") : complete({ published: false })),
    publish: () => complete({ published: true }),
  },
});

await using runtime = new Runtime({ store: new MemoryStore() });
const run = await runtime.start(approval); // drives until the run waits or ends

const state = await run.state();
if (state.status !== "waiting") throw new Error(`expected a wait, not ${state.status}`);
const { prompt, choices, waitId } = state.waiting;
console.log(prompt, choices);

// What the wait does not accept is refused at the door, and the wait stays open.
try {
  await run.resume("perhaps", { waitId });
} catch (error) {
  if (!isAbstractRuntimeError(error, "invalid_answer")) throw error;
  console.log("perhaps: refused");
}

await run.resume("yes", { waitId });
console.log("yes: accepted");

// A wait is answered once. A second answer, say of a double click, changes nothing.
try {
  await run.resume("no", { waitId });
} catch (error) {
  if (!isAbstractRuntimeError(error, "run_not_waiting")) throw error;
  console.log("no: too late");
}

console.log(await run.result());
