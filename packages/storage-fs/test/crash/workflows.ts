import {
  askUser,
  branches,
  complete,
  defineWorkflow,
  fail,
  goto,
  startSubworkflow,
  startSubworkflows,
  waitEvent,
  waitUntil,
} from "@abstractruntime/core";
import {
  bookmark,
  charge,
  doomed,
  flaky,
  lookUp,
  reserve,
  sendMail,
  writePaper,
} from "./effects.ts";

/** A loop over effects of all replay contracts, with gotos between them, retries, and a failure that is handled. */
const errands = defineWorkflow({
  id: "errands",
  entry: "next",
  nodes: {
    next: (run) => {
      run.vars.round = (run.vars.round ?? 0) + 1;
      return run.vars.round > 3 ? goto("retried") : goto("find");
    },
    find: (run) => lookUp({ item: run.vars.round }, { resultKey: "found", next: "pay" }),
    pay: (run) => charge({ item: run.vars.round }, { resultKey: "paid", next: "tell" }),
    tell: (run) => sendMail({ item: run.vars.round }, { resultKey: "told", next: "note" }),
    note: (run) => {
      run.vars.log = [...(run.vars.log ?? []), [run.vars.found, run.vars.paid, run.vars.told]];
      return goto("next");
    },
    retried: () => flaky({ item: "f" }, { resultKey: "retried", next: "reserved" }),
    reserved: () => reserve({ item: "r" }, { resultKey: "reserved", next: "hopeless" }),
    hopeless: () => doomed({ item: "d" }, { next: "never", onError: "handled" }),
    never: () => fail("what is doomed must not work"),
    handled: (run) => complete({ log: run.vars.log, reserved: run.vars.reserved }),
  },
});

/** Asks three times, with effects between, and then for something that nobody says. */
const talk = defineWorkflow({
  id: "talk",
  entry: "ask",
  nodes: {
    ask: (run) =>
      askUser({
        prompt: `question ${run.vars.said?.length ?? 0}`,
        choices: ["yes", "no"],
        resultKey: "answer",
        next: "hear",
      }),
    hear: (run) => {
      run.vars.said = [...(run.vars.said ?? []), run.vars.answer];
      return charge({ item: run.vars.said.length }, { resultKey: "paid", next: "more" });
    },
    more: (run) => (run.vars.said.length < 3 ? goto("ask") : goto("hope")),
    hope: () => waitEvent({ key: "nobody", timeoutMs: 5, next: "wonder", timeoutNode: "give_up" }),
    wonder: () => fail("nobody sends this"),
    give_up: (run) => complete({ said: run.vars.said }),
  },
});

/** Takes an event that came early, three under one key, the first of two keys, and one that others get too. */
const listen = defineWorkflow({
  id: "listen",
  entry: "early",
  nodes: {
    early: () => lookUp({ item: "before" }, { resultKey: "before", next: "hear_early" }),
    hear_early: (run) =>
      waitEvent({ key: `early:${run.runId}`, resultKey: "early", next: "several" }),
    several: (run) => waitEvent({ key: `several:${run.runId}`, resultKey: "one", next: "count" }),
    count: (run) => {
      run.vars.several = [...(run.vars.several ?? []), run.vars.one];
      return run.vars.several.length < 3 ? goto("several") : goto("first");
    },
    first: (run) =>
      waitEvent({
        key: [`left:${run.runId}`, `right:${run.runId}`],
        resultKey: "first",
        next: "shared",
      }),
    shared: () => waitEvent({ key: "shared", resultKey: "shared", next: "tell" }),
    tell: () => sendMail({ item: "heard" }, { next: "end" }),
    end: ({ vars: { early, several, first, shared } }) =>
      complete({ early, several, first, shared }),
  },
});

/** Takes events of a size that makes the store write its inbox anew. */
const heavy = defineWorkflow({
  id: "heavy",
  entry: "next",
  nodes: {
    next: (run) => {
      run.vars.round = (run.vars.round ?? 0) + 1;
      if (run.vars.round > 5) return complete({ rounds: run.vars.round });
      return waitEvent({ key: `heavy:${run.runId}:${run.vars.round}`, next: "next" });
    },
  },
});

const timers = defineWorkflow({
  id: "timers",
  entry: "sleep",
  nodes: {
    sleep: (run) => {
      run.vars.round = (run.vars.round ?? 0) + 1;
      return waitUntil({ afterMs: 3, next: "wake" });
    },
    wake: (run) => charge({ item: run.vars.round }, { resultKey: "paid", next: "again" }),
    again: (run) => (run.vars.round < 3 ? goto("sleep") : complete(run.vars.paid)),
  },
});

const papers = defineWorkflow({
  id: "papers",
  entry: "write",
  nodes: {
    write: (run) => {
      run.vars.round = (run.vars.round ?? 0) + 1;
      const item = `${run.runId} ${run.vars.round}`;
      return writePaper({ item }, { resultKey: "paper", next: "mark" });
    },
    mark: (run) => {
      run.vars.papers = [...(run.vars.papers ?? []), run.vars.paper];
      return bookmark({ item: run.vars.round }, { next: "again" });
    },
    again: (run) => (run.vars.round < 3 ? goto("write") : complete(run.vars.papers)),
  },
});

const grandchild = defineWorkflow({
  id: "grandchild",
  entry: "tell",
  nodes: {
    tell: (run) => sendMail({ item: run.vars.name }, { resultKey: "told", next: "end" }),
    end: (run) => complete(run.vars.told),
  },
});

const child = defineWorkflow({
  id: "child",
  entry: "pay",
  nodes: {
    pay: (run) => charge({ item: run.vars.name }, { resultKey: "paid", next: "delegate" }),
    delegate: (run) =>
      startSubworkflow({
        workflow: grandchild,
        vars: { name: `${run.vars.name}'s` },
        resultKey: "below",
        next: "end",
      }),
    end: (run) => complete({ paid: run.vars.paid, below: run.vars.below.output }),
  },
});

const hopeless = defineWorkflow({
  id: "hopeless",
  entry: "try",
  nodes: { try: () => doomed({ item: "h" }, { next: "end" }), end: () => complete(null) },
});

/** Starts children: one to wait for, two that go their own way, one that fails. */
const family = defineWorkflow({
  id: "family",
  entry: "first",
  nodes: {
    first: () =>
      startSubworkflow({
        workflow: child,
        vars: { name: "first" },
        resultKey: "first",
        next: "second",
      }),
    second: () =>
      startSubworkflow({ workflow: child, vars: { name: "free" }, async: true, next: "third" }),
    third: () => startSubworkflow({ workflow: errands, vars: {}, async: true, next: "failing" }),
    failing: () => startSubworkflow({ workflow: hopeless, next: "end", onError: "end" }),
    end: (run) => complete(run.vars.first.output),
  },
});

const sleeper = defineWorkflow({
  id: "sleeper",
  entry: "sleep",
  nodes: {
    sleep: () => waitEvent({ key: "cancelled-first", next: "end" }),
    end: () => complete(null),
  },
});

/** Works in parallel, at most two at a time, and then lets two race of which one never comes. */
const crowd = defineWorkflow({
  id: "crowd",
  entry: "spread",
  nodes: {
    spread: () =>
      branches(
        { node: "pay", each: [1, 2, 3, 4] },
        { maxConcurrency: 2, resultKey: "all", next: "race" },
      ),
    pay: (run) => charge({ item: run.vars.item }, { resultKey: "paid", next: "tell" }),
    tell: (run) => sendMail({ item: run.vars.item }, { resultKey: "told", next: "branch_end" }),
    branch_end: (run) => complete([run.vars.paid, run.vars.told]),
    race: () =>
      startSubworkflows(
        [{ workflow: sleeper }, { workflow: grandchild, vars: { name: "racer" } }],
        { join: "any", resultKey: "won", next: "end" },
      ),
    end: (run) => complete({ all: run.vars.all, won: run.vars.won }),
  },
});

/** Is cancelled while it waits for a child that waits for ever. */
const victim = defineWorkflow({
  id: "victim",
  entry: "wait",
  nodes: {
    wait: () => startSubworkflow({ workflow: sleeper, next: "end" }),
    end: () => complete(null),
  },
});

/** Ends at once, to be purged. */
export const scratch = defineWorkflow({
  id: "scratch",
  entry: "end",
  nodes: { end: () => complete(null) },
});

export const workflows = [
  errands,
  talk,
  listen,
  heavy,
  timers,
  papers,
  grandchild,
  child,
  hopeless,
  family,
  sleeper,
  crowd,
  victim,
];

/** The runs that are started, by id. */
export const starts = {
  crowd,
  "errands-1": errands,
  "errands-2": errands,
  family,
  heavy,
  "listen-1": listen,
  "listen-2": listen,
  papers,
  talk,
  timers,
  victim,
};
