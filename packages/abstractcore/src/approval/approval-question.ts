import { askUser, type JsonObject, type Plan } from "@abstractruntime/core";
import type { ToolCall } from "../llm/tool-call.ts";
import type { Tool } from "../tools/tool.ts";
import { approvalChoices } from "./approval-answer.ts";

/** Ask a person whether a tool may be called, and go on at `decide`. */
export function approvalQuestion(
  { name, description }: Tool,
  call: ToolCall,
  { reason = "", problem = "" }: { readonly reason?: string; readonly problem?: string },
): Plan<"decide"> {
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
    prompt: [`Call ${name}?`, reason, problem].filter((part) => part !== "").join(" "),
    choices: approvalChoices,
    allowFreeText: false,
    details,
    resultKey: "approval",
    next: "decide",
  });
}
