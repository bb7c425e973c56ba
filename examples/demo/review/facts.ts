import { z } from "zod";

/** What is known of one document. */
export const Facts = z.object({
  /** Relative to the reviewed folder, with `/` between its parts. */
  path: z.string(),
  kind: z.enum(["markdown", "text", "binary", "unread"]),
  bytes: z.number(),
  words: z.number(),
  headings: z.number(),
  links: z.number(),
  /** Relative links that lead to no file, as they are written. */
  brokenLinks: z.array(z.string()),
  /** Why the document was not read, or null. */
  problem: z.string().nullable(),
});
export type Facts = z.infer<typeof Facts>;

/** Facts of a document that was not looked into. */
export function noFacts(path: string): Facts {
  return {
    path,
    kind: "unread",
    bytes: 0,
    words: 0,
    headings: 0,
    links: 0,
    brokenLinks: [],
    problem: null,
  };
}
