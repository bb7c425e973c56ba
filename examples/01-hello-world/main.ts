// A workflow is a graph of nodes. A node looks at the run and returns a plan: what happens next.
import { complete, defineWorkflow, goto, MemoryStore, Runtime } from "@abstractruntime/core";

const hello = defineWorkflow({
  id: "hello",
  entry: "greet",
  nodes: {
    greet: (run) => {
      run.vars.greeting = `Hello, ${run.vars.name}!`; // stored together with the plan
      return goto("done");
    },
    done: (run) => complete({ greeting: run.vars.greeting }),
  },
});

await using runtime = new Runtime({ store: new MemoryStore() });
const run = await runtime.start(hello, { vars: { name: "world" } });
console.log(await run.result());
