import {
  askUser,
  branches,
  complete,
  defineEffect,
  defineWorkflow,
  EffectError,
  fail,
  goto,
  ref,
  startSubworkflow,
  startSubworkflows,
  waitAny,
  waitEvent,
  waitFor,
  waitUntil,
  type EffectDefinition,
  type Migration,
  type Plan,
  type Workflow,
} from "@abstractruntime/core";

// The code behind the runs in kept folders. Runs there stand in the middle of it: it is added to, and never changed.

const AN_HOUR_MS = 3_600_000;

/** One node that plans something, then the end. */
function single(id: string, plan: () => Plan<"end", never>): Workflow {
  return defineWorkflow({
    id,
    entry: "plan",
    nodes: { plan, end: (run) => complete(run.vars.result ?? "done") },
  });
}

const effect = (type: string, payload: object = {}): Plan<"end", never> => ({
  effect: { type, payload, resultKey: "result" },
  nextNode: "end",
});

const child = single("child", () =>
  askUser({ prompt: "child?", resultKey: "result", next: "end" }),
);

const versioned = (version: string, node: string, migrate: readonly Migration[] = []): Workflow =>
  defineWorkflow<string>({
    id: "versioned",
    version,
    entry: node,
    nodes: {
      [node]: () => askUser({ prompt: "version?", resultKey: "result", next: "end" }),
      end: (run) => complete([version, run.vars.result]),
    },
    migrate,
  });

/** The version that started the run named `migrated`. */
export const firstVersion: Workflow = versioned("1", "ask");

export const workflows: readonly Workflow[] = [
  child,
  versioned("2", "question", [
    { from: "1", nodes: { ask: "question" }, vars: (vars) => void (vars.migrated = true) },
  ]),
  // The id and the nodes of a workflow in the samples of 0.2.0.
  defineWorkflow({
    id: "timer",
    entry: "t",
    nodes: { t: () => goto("done"), done: (run) => complete(run.vars) },
  }),
  single("event", () => waitEvent({ key: "paid", resultKey: "result", next: "end" })),
  single("events", () =>
    waitEvent({
      key: ["paid", "refused"],
      resultKey: "result",
      next: "end",
      timeoutMs: AN_HOUR_MS,
      timeoutNode: "end",
    }),
  ),
  single("user", () =>
    askUser({
      prompt: "Go on?",
      choices: ["yes", "no"],
      allowFreeText: false,
      resultKey: "result",
      next: "end",
      details: { invoice: 7 },
    }),
  ),
  single("time", () => waitUntil({ afterMs: AN_HOUR_MS, resultKey: "result", next: "end" })),
  single("any", () =>
    waitAny({
      events: ["paid"],
      user: { prompt: "Paid?" },
      afterMs: AN_HOUR_MS,
      timeoutNode: "end",
      resultKey: "result",
      next: "end",
    }),
  ),
  single("subworkflow", () =>
    startSubworkflow({ workflow: "child", resultKey: "result", next: "end", onError: "end" }),
  ),
  single("detached", () =>
    startSubworkflow({ workflow: "child", async: true, resultKey: "result", next: "end" }),
  ),
  single("subworkflows", () =>
    startSubworkflows(
      { workflow: "child", each: ref("items"), as: "n" },
      { maxConcurrency: 1, resultKey: "result", next: "end", onError: "end" },
    ),
  ),
  defineWorkflow({
    id: "branches",
    entry: "fan",
    nodes: {
      fan: () =>
        branches([{ node: "branch", vars: { n: 1 } }, { node: "branch" }], {
          join: "any",
          resultKey: "result",
          next: "end",
        }),
      branch: () => askUser({ prompt: "branch?", resultKey: "result", next: "end" }),
      end: (run) => complete(run.vars.result ?? null),
    },
  }),
  single("job", () => effect("job")),
  single("flaky", () => effect("flaky")),
  single("unknown", () => effect("unknown")),
  ...(["safe", "idempotent", "never"] as const).map((type) => single(type, () => effect(type))),
  single("broken", () => effect("broken")),
  single("fails", () => fail("as planned", { code: "planned", details: { why: "test" } })),
  single("throws", () => {
    throw new Error("a node that throws");
  }),
  defineWorkflow({
    id: "walks",
    entry: "first",
    nodes: {
      first: (run) => {
        run.vars.seen = ["first"];
        return goto("second");
      },
      second: (run) => {
        run.vars.seen.push("second");
        return goto("third");
      },
      third: (run) => complete(run.vars.seen),
    },
  }),
  defineWorkflow({
    id: "chat",
    entry: "think",
    nodes: {
      think: (run) => {
        run.vars.context.messages.push({ role: "user", content: "and then?" });
        return {
          effect: {
            type: "safe",
            payload: { messages: ref("context.messages") },
            resultKey: "scratchpad.answer",
          },
          nextNode: "ask",
        };
      },
      ask: () => askUser({ prompt: "Enough?", resultKey: "scratchpad.enough", next: "end" }),
      end: (run) => complete(run.vars.context.messages.length),
    },
  }),
  defineWorkflow({
    id: "spends",
    entry: "call",
    nodes: {
      call: (run) => {
        run.vars.calls = (run.vars.calls ?? 0) + 1;
        return run.vars.calls > 3
          ? complete(run.vars.calls)
          : { effect: { type: "model" }, nextNode: "call" };
      },
    },
  }),
];

/** How effects end; a process that is about to die never learns of it. */
export function effectsOf(ends: "ends" | "hangs" = "ends"): readonly EffectDefinition[] {
  const hangs = new Promise<never>(() => {});
  const done = (result: string) => () => (ends === "hangs" ? hangs : result);
  return [
    ...(["safe", "idempotent", "never"] as const).map((replay) =>
      defineEffect({ type: replay, replay, perform: done(`did ${replay}`) }),
    ),
    defineEffect({
      type: "job",
      replay: "safe",
      perform: () => waitFor({ details: { at: "shop" } }),
    }),
    defineEffect({
      type: "flaky",
      replay: "safe",
      retry: { maxAttempts: 3, baseMs: AN_HOUR_MS, jitter: 0 },
      perform: (_payload, { attempt }) => {
        if (attempt === 1) throw new EffectError("not yet", { certain: true });
        return "at last";
      },
    }),
    defineEffect({
      type: "unknown",
      replay: "never",
      perform: () => {
        throw new Error("nobody knows");
      },
    }),
    defineEffect({
      type: "broken",
      replay: "safe",
      perform: () => {
        throw new EffectError("for good", { final: true, certain: true });
      },
    }),
    defineEffect({
      type: "model",
      replay: "safe",
      perform: (_payload, context) => {
        context.usage({ inputTokens: 100, outputTokens: 10, cost: 0.1 });
        return null;
      },
    }),
  ];
}
