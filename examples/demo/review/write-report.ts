import { artifactRef, defineEffect, putText } from "@abstractruntime/core";
import { z } from "zod";
import { Facts } from "./facts.ts";
import { Listing } from "./list-documents.ts";
import type { ReviewContext } from "./midway.ts";
import { renderReport } from "./report.ts";

/** Writes the report as an artifact. An artifact is named after its content: writing it again changes nothing. */
export const writeReport = defineEffect({
  type: "write_report",
  replay: "safe",
  payload: z.object({ folder: z.string(), listing: Listing, documents: z.array(Facts) }),
  perform: async ({ folder, listing, documents }, { runId, attempt, context }) => {
    const { artifacts, midway }: ReviewContext = context;
    const text = renderReport(folder, listing, documents);
    const stored = await putText(artifacts, text, { runId, contentType: "text/markdown" });
    const of = documents.length;
    await midway({ effect: "write_report", subject: "the report", attempt, number: null, of });
    return artifactRef(stored.artifactId);
  },
});
