import type {
  EffectContext,
  JsonObject,
  ReplayContract,
  RetryOptions,
} from "@abstractruntime/core";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { ApprovalRule } from "../approval/approval-rule.ts";
import type { LlmTool } from "../llm/llm-message.ts";

/**
 * What a tool may use beside its arguments. `runId` is the run of this one call, `parentRunId` the one that asked for it;
 * `idempotencyKey` is the same for all attempts of this call, and no other call has it.
 */
export type ToolContext = EffectContext;

/** Something that a model may call: how it is described, what its arguments are, and what a crash in the middle means. */
export interface Tool {
  readonly name: string;
  readonly description: string;
  /** Null: the arguments are passed on as they came. */
  readonly parameters: StandardSchemaV1 | null;
  /** JSON Schema of the arguments, as the model sees it. */
  readonly jsonSchema: JsonObject;
  readonly replay: ReplayContract;
  readonly retry: RetryOptions;
  /** Milliseconds per attempt; null: the policy's. */
  readonly timeoutMs: number | null;
  /** When a person has to agree first. */
  readonly approval: ApprovalRule;
  /** Returns the output, or `waitFor(...)`. A `ToolError` is an answer for the model. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the arguments' type is the schema's
  readonly execute: (args: any, context: ToolContext) => unknown;
  /**
   * For a tool that hands its work on: `execute` returns the job, an object, and this looks how it is, for the first time, the
   * second, and so on (`looks`, from 1). Returns the output, or `waitFor(...)` that goes on at the node `look`.
   */
  readonly look?: ((job: JsonObject, context: ToolContext, looks: number) => unknown) | undefined;
}

/** A tool as a request to a model describes it. */
export function toLlmTool({ name, description, jsonSchema }: Omit<Tool, "execute">): LlmTool {
  return { type: "function", function: { name, description, parameters: jsonSchema } };
}
