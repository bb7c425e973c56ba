import { askUser, type JsonObject, type Plan } from "@abstractruntime/core";
import type { ToolCall } from "../llm/tool-call.ts";
import type { Tool } from "../tools/tool.ts";
import { approvalChoices } from "./approval-answer.ts";

/** Ask a person whether a tool may be called, and go on at `decide`. */
export function approvalQuestion(
  { name, description }: Tool,
  call: ToolCall,
  why: { readonly reason: string } | { readonly problem: string },
): Plan<"decide"> {
  const { reason = "", problem = "" } = why as { reason?: string; problem?: string };
  const asked = `Call ${name}?`;
  const details: JsonObject = {
    approval: {
      tool: name,
      description,
      arguments: call.arguments,
      call_id: call.call_id,
      reason: reason === "" ? null : reason,
      problem: problem === "" ? null : problem,
    },
  };
  return askUser({
    prompt: [asked, reason, problem].filter((part) => part !== "").join(" "),
    choices: approvalChoices,
    allowFreeText: false,
    details,
    resultKey: "approval",
    next: "decide",
  });
}
