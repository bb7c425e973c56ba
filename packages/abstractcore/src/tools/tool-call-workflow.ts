import {
  complete,
  defineWorkflow,
  goto,
  ref,
  type JsonValue,
  type NodeContext,
  type NodeRun,
  type Plan,
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
import type { ToolResult } from "./tool-executor.ts";
import type { Tool } from "./tool.ts";

/** What the run of one tool call holds. */
interface ToolCallVars {
  /** As the model gave it; in its plain form once a person has changed its arguments. */
  call: JsonValue;
  /** What the tool returned, or `{ error }`. */
  output?: JsonValue;
  /** The job that the tool handed on, or `{ error }`. */
  job?: JsonValue;
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
  read(run: Call, context: NodeContext) {
    const call = readToolCall(run.vars.call);
    if (isBadToolCall(call)) return complete(failedResult(run.vars.call, call.problem));
    const tool = this.#tools.get(call.name);
    if (tool === undefined) return complete(notFound(run));
    return tool.approval === false ? toCall : this.#ask(run, tool, call, context);
  }

  async #ask(run: Call, tool: Tool, call: ToolCall, { context }: NodeContext) {
    const args = await checkedArguments(tool, call);
    if (!args.isValid) return complete(failedResult(run.vars.call, args.problem));
    const { runId, parentRunId, actorId, sessionId } = run;
    const asker = { runId, parentRunId, actorId, sessionId, context };
    const reason = await reasonFor(tool.approval, args.value, asker);
    return reason === null ? toCall : approvalQuestion(tool, call, { reason });
  }

  /** A person has decided. Changed arguments that the tool does not take are asked about once more. */
  async decide(run: Call) {
    const { vars } = run;
    const { approval } = vars;
    if (approval?.choice === "reject")
      return complete(failedResult(vars.call, `rejected: ${approval.reason ?? "no reason given"}`));
    const call = readToolCall(vars.call);
    const tool = this.#tools.get(call.name);
    if (tool === undefined || isBadToolCall(call)) return complete(notFound(run));
    if (approval?.choice !== "edit") return toCall;
    const edited: ToolCall = { ...call, arguments: approval.arguments };
    vars.call = edited;
    const args = await checkedArguments(tool, edited);
    return args.isValid ? toCall : approvalQuestion(tool, edited, { problem: args.problem });
  }

  /** The call stands in `vars` already, so that the ledger need not have it twice. */
  call({ vars }: Call): Plan<Node> {
    const { name } = readToolCall(vars.call);
    const type = toolEffectType(name);
    const payload = { call: ref("call") };
    const hasJob = this.#tools.get(name)?.look !== undefined;
    return hasJob
      ? { effect: { type, payload, resultKey: "job" }, nextNode: "look", onErrorNode: "failed" }
      : { effect: { type, payload, resultKey: "output" }, nextNode: "done", onErrorNode: "failed" };
  }

  look({ vars }: Call): Plan<Node> {
    const looks = (vars.looks ?? 0) + 1;
    vars.looks = looks;
    const type = lookEffectType(readToolCall(vars.call).name);
    const payload = { job: ref("job"), looks };
    return {
      effect: { type, payload, resultKey: "output" },
      nextNode: "done",
      onErrorNode: "failed",
    };
  }
}

const toCall = goto<Node, "call">("call");

function notFound({ vars }: Call): ToolResult {
  return failedResult(vars.call, `Tool '${readToolCall(vars.call).name}' not found`);
}

/** What the tool's schema makes of the arguments, or what is wrong with them. */
async function checkedArguments(
  { parameters }: Tool,
  { arguments: args }: ToolCall,
): Promise<Checked> {
  return parameters === null ? { isValid: true, value: args } : checkSchema(parameters, args);
}

function problemOf({ output, job }: ToolCallVars): string {
  const failed = isObject(output) && "error" in output ? output : job;
  const error = isObject(failed) ? failed["error"] : undefined;
  const message = isObject(error) ? error["message"] : undefined;
  return typeof message === "string" ? message : "unknown error";
}
