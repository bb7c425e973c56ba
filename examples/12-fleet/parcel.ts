// What all workers know: the workflow, and how to do what it asks for.
import { setTimeout } from "node:timers/promises";
import { complete, defineEffect, defineWorkflow } from "@abstractruntime/core";

/** A step of some parcel that a worker begins or has done: a line of its output, as JSON. */
export interface Deed {
  readonly phase: "begins" | "did";
  readonly worker: string;
  readonly parcel: string;
  readonly step: string;
}

const worker = process.argv[2] ?? "";

/** Takes its time, and says so. */
function handling(step: string) {
  return defineEffect({
    type: step,
    replay: "idempotent",
    perform: async (_payload: unknown, { runId: parcel }) => {
      const say = (phase: Deed["phase"]) =>
        console.log(JSON.stringify({ phase, worker, parcel, step } satisfies Deed));
      say("begins");
      await setTimeout(100);
      say("did");
      return worker;
    },
  });
}

const [pack, label, ship] = [handling("pack"), handling("label"), handling("ship")] as const;

export const parcel = defineWorkflow({
  id: "parcel",
  entry: "pack",
  nodes: {
    pack: () => pack({}, { resultKey: "packedBy", next: "label" }),
    label: () => label({}, { resultKey: "labelledBy", next: "ship" }),
    ship: () => ship({}, { resultKey: "shippedBy", next: "done" }),
    done: ({ vars }) => complete([vars.packedBy, vars.labelledBy, vars.shippedBy]),
  },
});

export const effects = [pack, label, ship];
