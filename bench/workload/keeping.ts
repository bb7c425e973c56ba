import { complete, defineEffect, defineWorkflow } from "@abstractruntime/core";
import type { StepNotes } from "./step-notes.ts";
import { documentsOf, noteOf, textOf } from "./texts.ts";

let notes: StepNotes | null = null;

/** Who hears of each step. */
export function noteSteps(given: StepNotes): void {
  notes = given;
}

const note = defineEffect({
  type: "note",
  replay: "safe",
  perform: async () => {
    await notes?.note();
    return null;
  },
});

export const keepingEffects = [note];

/** Each step adds a kilobyte to the vars. */
export const growing = defineWorkflow({
  id: "growing",
  entry: "loop",
  nodes: {
    loop: (run) => {
      if (run.vars.n >= run.vars.steps) return complete(null);
      run.vars.n += 1;
      run.vars.texts.push(textOf(run.vars.n, 1_000));
      return note({ n: run.vars.n }, { next: "loop" });
    },
  },
});

/** Each step changes 100 bytes of large vars. */
export const editing = defineWorkflow({
  id: "editing",
  entry: "loop",
  nodes: {
    loop: (run) => {
      const { n, steps, documents } = run.vars;
      if (n >= steps) return complete(null);
      run.vars.n += 1;
      documents[n % documents.length].note = noteOf(n);
      return note({ n }, { next: "loop" });
    },
  },
});

export function growingVars(steps: number): object {
  return { n: 0, steps, texts: [] };
}

export function editingVars(steps: number, kilobytes: number): object {
  return { n: 0, steps, documents: documentsOf(kilobytes) };
}
