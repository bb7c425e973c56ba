import { askUser, complete, defineWorkflow, goto, ref } from "@abstractruntime/core";
import { z } from "zod";
import { Facts } from "./facts.ts";
import { listDocuments, Listing } from "./list-documents.ts";
import { readDocument } from "./read-document.ts";
import { writeReport } from "./write-report.ts";

/** Reviews a folder: list its documents, read them one by one, ask whether to write the report, write it. */
export const review = defineWorkflow({
  id: "review",
  entry: "list",
  vars: z.object({
    folder: z.string(),
    /** A folder that is not part of the review: this run's own data. */
    leaveOut: z.string(),
    /** Documents to read at most. */
    limit: z.number(),
    documents: z.array(Facts).default([]),
    listing: Listing.optional(),
    facts: Facts.optional(),
    answer: z.string().optional(),
    report: z.object({ $artifact: z.string() }).optional(),
  }),
  nodes: {
    list: ({ vars: { folder, leaveOut, limit } }) =>
      listDocuments({ folder, leaveOut, limit }, { resultKey: "listing", next: "read" }),
    read: ({ vars: { folder, documents, listing } }) => {
      const paths = listing?.paths ?? [];
      const path = paths[documents.length];
      if (path === undefined) return goto("ask");
      const document = { folder, path, number: documents.length + 1, of: paths.length };
      return readDocument(document, { resultKey: "facts", next: "keep" });
    },
    keep: (run) => {
      if (run.vars.facts !== undefined) run.vars.documents.push(run.vars.facts);
      return goto("read");
    },
    ask: ({ vars: { documents } }) =>
      askUser({
        prompt: `Documents read: ${documents.length}. Write the report?`,
        choices: ["yes", "no"],
        allowFreeText: false,
        resultKey: "answer",
        next: "decide",
      }),
    decide: ({ vars: { answer, folder } }) =>
      answer === "yes"
        ? writeReport(
            // By reference: the ledger names the place, and does not copy the documents.
            { folder, listing: ref("listing"), documents: ref("documents") },
            { resultKey: "report", next: "done" },
          )
        : complete({ report: null }),
    done: ({ vars: { report } }) => complete({ report }),
  },
});
