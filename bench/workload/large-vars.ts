import { complete, defineWorkflow, type Workflow } from "@abstractruntime/core";
import { stamp } from "./stamping.ts";

/** A way to lay out large vars; each step of its workflow changes 100 bytes of them. */
export interface Shape {
  readonly name: string;
  readonly workflow: Workflow;
  /** So many documents of a kilobyte; one without text stands for empty vars. */
  readonly vars: (kilobytes: number) => object;
}

interface Document {
  readonly text: string;
  readonly note: string;
}

export const shapes: readonly Shape[] = [
  {
    name: "one large text",
    workflow: editing("large_text", (vars, note) => {
      vars.document.note = note;
    }),
    vars: (kilobytes) => ({ document: document(kilobytes) }),
  },
  {
    name: "a long list",
    workflow: editing("large_list", (vars, note) => {
      vars.documents[vars.n % vars.documents.length].note = note;
    }),
    vars: (kilobytes) => ({ documents: documents(kilobytes) }),
  },
  {
    name: "many keys",
    workflow: editing("large_map", (vars, note) => {
      vars.documents[`document_${vars.n % vars.size}`].note = note;
    }),
    vars: (kilobytes) => ({
      size: Math.max(1, kilobytes),
      documents: Object.fromEntries(
        documents(kilobytes).map((entry, index) => [`document_${index}`, entry]),
      ),
    }),
  },
];

// oxlint-disable-next-line typescript/no-explicit-any -- vars without a schema, as handlers have them
function editing(id: string, edit: (vars: any, note: string) => void): Workflow {
  return defineWorkflow({
    id,
    entry: "loop",
    nodes: {
      loop: (run) => {
        if (run.vars.n >= run.vars.steps) return complete(null);
        run.vars.n += 1;
        edit(run.vars, `${run.vars.n}`.padStart(100, "."));
        return stamp({ n: run.vars.n }, { next: "loop" });
      },
    },
  });
}

function documents(kilobytes: number): readonly Document[] {
  return Array.from({ length: Math.max(1, kilobytes) }, () => document(Math.min(1, kilobytes)));
}

function document(kilobytes: number): Document {
  return { text: "x".repeat(kilobytes * 1_000), note: "" };
}
