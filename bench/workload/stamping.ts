import { complete, defineEffect, defineWorkflow, ref } from "@abstractruntime/core";

/** When each step's effect was called, in milliseconds. Of the one run that is under way. */
let calls: number[] = [];
let listener: (() => void) | null = null;

/** Forget the last run's calls, and note those of the next; `onCall` hears of each. */
export function noteCalls(onCall: (() => void) | null = null): readonly number[] {
  calls = [];
  listener = onCall;
  return calls;
}

/** An effect that notes when it is called. */
export const stamp = defineEffect({
  type: "stamp",
  replay: "safe",
  perform: async () => {
    calls.push(performance.now());
    listener?.();
    return { ok: true };
  },
});

/** Steps that leave the vars as large as they were. */
export const constantVars = defineWorkflow({
  id: "constant_vars",
  entry: "loop",
  nodes: {
    loop: (run) => {
      if (run.vars.n >= run.vars.steps) return complete({ n: run.vars.n });
      run.vars.n += 1;
      return stamp({ n: run.vars.n }, { next: "loop", resultKey: "last" });
    },
  },
});

/** An agent's loop: each step appends one message, and hands all of them to its effect. */
export const growingMessages = defineWorkflow({
  id: "growing_messages",
  entry: "loop",
  nodes: {
    loop: (run) => {
      if (run.vars.n >= run.vars.steps) return complete({ n: run.vars.n });
      run.vars.n += 1;
      run.vars.context.messages.push({ role: "user", content: `message ${run.vars.n}` });
      return stamp({ messages: ref("context.messages") }, { next: "loop", resultKey: "last" });
    },
  },
});
