import {
  complete,
  defineWorkflow,
  goto,
  ref,
  type JsonValue,
  type NodeContext,
  type NodeRun,
  type Workflow,
} from "@abstractruntime/core";
import { approvalAnswer, type ApprovalAnswer } from "../approval/approval-answer.ts";
import { approvalQuestion } from "../approval/approval-question.ts";
import { reasonFor } from "../approval/approval-rule.ts";
import { checkSchema, type Checked } from "../llm/check-schema.ts";
import { isObject } from "../llm/is-object.ts";
import { isBadToolCall, readToolCall, type ToolCall } from "../llm/tool-call.ts";
import { lookEffectType, toolEffectType } from "./tool-effect.ts";
import { failedResult, succeededResult } from "./tool-result.ts";
import type { Tool } from "./tool.ts";

/** What the run of one tool call holds. */
interface ToolCallVars {
  /** As the model gave it; in its plain form once a person has changed its arguments. */
  call: JsonValue;
  /** What the tool returned, its job, or `{ error }`. */
  output?: JsonValue;
  approval?: ApprovalAnswer;
  /** How often the tool's job was looked at. */
  looks?: number;
}

type Call = NodeRun<ToolCallVars>;
type Node = "read" | "decide" | "call" | "look" | "done" | "failed" | "expired";

/** The id of the workflow that each tool call runs. */
export const TOOL_CALL = "tool_call";

/** The workflow of one tool call: a person's consent where it is needed, the tool's effect, and a result in any case. */
export function toolCallWorkflow(tools: ReadonlyMap<string, Tool>): Workflow {
  const calls = new ToolCalls(tools);
  return defineWorkflow({
    id: TOOL_CALL,
    entry: "read",
    nodes: {
      read: (run: Call, context) => calls.read(run, context),
      decide: (run: Call) => calls.decide(run),
      call: (run: Call) => calls.call(run),
      look: (run: Call) => calls.look(run),
      done: ({ vars }: Call) => complete(succeededResult(vars.call, vars.output ?? null)),
      failed: ({ vars }: Call) => complete(failedResult(vars.call, problemOf(vars))),
      expired: ({ vars }: Call) => complete(failedResult(vars.call, "nobody answered in time")),
    },
    answers: { read: approvalAnswer, decide: approvalAnswer },
  });
}

/** The nodes that have to know the tools. */
class ToolCalls {
  readonly #tools: ReadonlyMap<string, Tool>;

  constructor(tools: ReadonlyMap<string, Tool>) {
    this.#tools = tools;
  }

  /** The call as the model gave it: refused, asked of a person, or made. */
  async read(run: Call, context: NodeContext) {
    const { vars } = run;
    const call = readToolCall(vars.call);
    if (isBadToolCall(call)) return complete(failedResult(vars.call, call.problem));
    const tool = this.#tools.get(call.name);
    if (tool === undefined)
      return complete(failedResult(vars.call, `Tool '${call.name}' not found`));
    if (tool.approval === false) return goto<Node, "call">("call");
    const args = await checkedArguments(tool, call);
    if (!args.isValid) return complete(failedResult(vars.call, args.problem));
    const { runId, parentRunId, actorId, sessionId } = run;
    const asker = { runId, parentRunId, actorId, sessionId, context: context.context };
    const reason = await reasonFor(tool.approval, args.value, asker);
    return reason === null ? goto<Node, "call">("call") : approvalQuestion(tool, call, { reason });
  }

  /** A person has decided. Changed arguments that the tool does not take are asked about once more. */
  async decide({ vars }: Call) {
    const { approval } = vars;
    const call = readToolCall(vars.call);
    const tool = this.#tools.get(call.name);
    if (tool === undefined || isBadToolCall(call))
      return complete(failedResult(vars.call, `Tool '${call.name}' not found`));
    if (approval?.choice === "reject")
      return complete(failedResult(vars.call, `rejected: ${approval.reason ?? "no reason given"}`));
    if (approval?.choice !== "edit") return goto<Node, "call">("call");
    const edited: ToolCall = { ...call, arguments: approval.arguments };
    const args = await checkedArguments(tool, edited);
    if (!args.isValid) return approvalQuestion(tool, edited, { problem: args.problem });
    vars.call = edited;
    return goto<Node, "call">("call");
  }

  /** The call stands in `vars` already, so that the ledger need not have it twice. */
  call({ vars }: Call) {
    const { name } = readToolCall(vars.call);
    const hasJob = this.#tools.get(name)?.look !== undefined;
    return {
      effect: { type: toolEffectType(name), payload: { call: ref("call") }, resultKey: "output" },
      nextNode: hasJob ? ("look" as const) : ("done" as const),
      onErrorNode: "failed" as const,
    };
  }

  look({ vars }: Call) {
    const looks = (vars.looks ?? 0) + 1;
    vars.looks = looks;
    const payload = { job: ref("output"), looks };
    const type = lookEffectType(readToolCall(vars.call).name);
    return {
      effect: { type, payload, resultKey: "output" },
      nextNode: "done" as const,
      onErrorNode: "failed" as const,
    };
  }
}

/** What the tool's schema makes of the arguments, or what is wrong with them. */
async function checkedArguments(
  { parameters }: Tool,
  { arguments: args }: ToolCall,
): Promise<Checked> {
  return parameters === null ? { isValid: true, value: args } : checkSchema(parameters, args);
}

function problemOf({ output }: ToolCallVars): string {
  const { error } = (output ?? {}) as { readonly error?: JsonValue };
  const message = isObject(error) ? error["message"] : undefined;
  return typeof message === "string" ? message : "unknown error";
}
