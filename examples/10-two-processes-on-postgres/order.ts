// What both processes know: the workflow, and how to do what it asks for.
import { complete, defineEffect, defineWorkflow } from "@abstractruntime/core";

const pack = defineEffect({
  type: "pack",
  replay: "idempotent",
  perform: ({ item }: { item: string }) => {
    console.log(`${process.argv[2]}: packing the ${item}`);
    return `a parcel with a ${item}`;
  },
});

const ship = defineEffect({
  type: "ship",
  replay: "idempotent", // a crash in the middle means: again, with the same key
  perform: async ({ parcel }: { parcel: string }, { attempt, signal }) => {
    console.log(`${process.argv[2]}: shipping ${parcel}, attempt ${attempt}`);
    if (attempt === 1) await new Promise((_, reject) => signal.addEventListener("abort", reject));
    return "shipped"; // the first carrier never answers
  },
});

export const order = defineWorkflow({
  id: "order",
  entry: "pack",
  nodes: {
    pack: () => pack({ item: "teapot" }, { resultKey: "parcel", next: "ship" }),
    ship: ({ vars }) => ship({ parcel: vars.parcel }, { resultKey: "state", next: "done" }),
    done: ({ vars }) => complete(vars.state),
  },
});

export const effects = [pack, ship];
