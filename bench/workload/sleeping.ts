import { complete, defineEffect, defineWorkflow, waitUntil } from "@abstractruntime/core";

let listener: () => void = () => undefined;

/** Who hears of each timer that fires. */
export function onFired(fired: () => void): void {
  listener = fired;
}

const fire = defineEffect({
  type: "fire",
  replay: "safe",
  perform: async () => {
    listener();
    return null;
  },
});

export const sleepingEffects = [fire];

/** Waits until `vars.until`, and then performs one effect. */
export const sleeping = defineWorkflow({
  id: "sleeping",
  entry: "sleep",
  nodes: {
    sleep: (run) => waitUntil({ until: run.vars.until, next: "work" }),
    work: () => fire({}, { next: "end" }),
    end: () => complete(null),
  },
});
