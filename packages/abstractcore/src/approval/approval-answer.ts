import type { JsonObject, JsonValue } from "@abstractruntime/core";
import { z } from "zod";

/** What a person decided about a tool call. */
export type ApprovalAnswer =
  | { readonly choice: "approve" }
  | { readonly choice: "reject"; readonly reason?: string | undefined }
  | { readonly choice: "edit"; readonly arguments: JsonObject };

export const approvalChoices: readonly ApprovalAnswer["choice"][] = ["approve", "reject", "edit"];

/** Yes. */
export function approve(): ApprovalAnswer {
  return { choice: "approve" };
}

/** No; the model is told the reason. */
export function reject(reason?: string): ApprovalAnswer {
  return reason === undefined ? { choice: "reject" } : { choice: "reject", reason };
}

/** Yes, but with these arguments. */
export function approveEdited(args: JsonObject): ApprovalAnswer {
  return { choice: "edit", arguments: args };
}

const decision = z.discriminatedUnion("choice", [
  z.object({ choice: z.literal("approve") }),
  z.object({ choice: z.literal("reject"), reason: z.string().optional() }),
  z.object({
    choice: z.literal("edit"),
    arguments: z.record(z.string(), z.custom<JsonValue>()),
  }),
]);

/** The answers that an open approval takes: a decision, or its choice alone. */
export const approvalAnswer: z.ZodType<ApprovalAnswer> = z.preprocess(
  (answer) => (typeof answer === "string" ? { choice: answer } : answer),
  decision,
);
