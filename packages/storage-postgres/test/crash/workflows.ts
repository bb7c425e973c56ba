import {
  askUser,
  complete,
  defineWorkflow,
  goto,
  startSubworkflow,
  startSubworkflows,
  waitEvent,
  waitUntil,
} from "@abstractruntime/core";
import { effects } from "./effects.ts";

const { lookUp, charge, sendMail, flaky, reserve } = effects;

/** A loop over effects of all replay contracts. */
const errands = defineWorkflow({
  id: "errands",
  entry: "next",
  nodes: {
    next: (run) => {
      run.vars.round = (run.vars.round ?? 0) + 1;
      return run.vars.round > 2 ? goto("retried") : goto("find");
    },
    find: (run) => lookUp({ item: run.vars.round }, { resultKey: "found", next: "pay" }),
    pay: (run) => charge({ item: run.vars.round }, { resultKey: "paid", next: "tell" }),
    tell: (run) => sendMail({ item: run.vars.round }, { resultKey: "told", next: "note" }),
    note: (run) => {
      run.vars.log = [...(run.vars.log ?? []), [run.vars.found, run.vars.paid, run.vars.told]];
      return goto("next");
    },
    retried: () => flaky({ item: "f" }, { next: "reserved" }),
    reserved: () => reserve({ item: "r" }, { next: "end" }),
    end: (run) => complete(run.vars.log),
  },
});

/** Waits for an event that may come early, for a time, and for a person. */
const order = defineWorkflow({
  id: "order",
  entry: "pay",
  nodes: {
    pay: () => charge({ item: "order" }, { resultKey: "paid", next: "hear" }),
    hear: (run) => waitEvent({ key: `paid:${run.runId}`, resultKey: "heard", next: "rest" }),
    rest: () => waitUntil({ afterMs: 20, next: "ask" }),
    ask: () => askUser({ prompt: "Ship it?", resultKey: "said", next: "ship" }),
    ship: () => sendMail({ item: "shipped" }, { resultKey: "shipped", next: "end" }),
    end: ({ vars: { paid, heard, said, shipped } }) => complete({ paid, heard, said, shipped }),
  },
});

const leaf = defineWorkflow({
  id: "leaf",
  entry: "tell",
  nodes: {
    tell: (run) => sendMail({ item: run.vars.item ?? "leaf" }, { resultKey: "told", next: "end" }),
    end: (run) => complete(run.vars.told),
  },
});

/** Has children side by side, and then one more. */
const family = defineWorkflow({
  id: "family",
  entry: "many",
  nodes: {
    many: () =>
      startSubworkflows(
        [1, 2, 3].map((item) => ({ workflow: leaf, vars: { item } })),
        { resultKey: "many", next: "one" },
      ),
    one: () => startSubworkflow({ workflow: leaf, vars: {}, resultKey: "one", next: "end" }),
    end: (run) => complete({ many: run.vars.many.completed, one: run.vars.one.output }),
  },
});

export const workflows = [errands, order, leaf, family] as const;

/** What is started, in turn: five runs, and four children. */
export const started = [errands, order, family, order, errands] as const;
