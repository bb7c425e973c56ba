export { llmCall, llmCallPayload, type LlmCallPlan } from "./llm/llm-call.ts";
export {
  llmCallEffect,
  type LlmCallEffect,
  type LlmCallEffectOptions,
} from "./llm/llm-call-effect.ts";
export type * from "./llm/llm-client.ts";
export type * from "./llm/llm-message.ts";
export type { LlmParams } from "./llm/llm-params.ts";
export type { LlmCallPayload, RequestedOutput } from "./llm/llm-payload.ts";
export { llmResult, type LlmResult } from "./llm/llm-result.ts";
export { defineOutput, type OutputFormat, type OutputFormatSpec } from "./llm/output-format.ts";
export {
  isBadToolCall,
  readToolCall,
  toWireToolCall,
  type BadToolCall,
  type ToolCall,
  type WireToolCall,
} from "./llm/tool-call.ts";
export { isLlmProgress, type LlmProgress } from "./stream/llm-progress.ts";
export { costOf, type ModelPrice, type PriceTable } from "./usage/price-table.ts";
export { tokenUsage, type TokenUsage } from "./usage/token-usage.ts";
export { RemoteLlmClient, type RemoteLlmClientOptions } from "./remote/remote-llm-client.ts";
export { promptedTools } from "./llm/prompted-tools.ts";
export { createLocalRuntime, type LocalRuntimeOptions } from "./factories/create-local-runtime.ts";
export {
  createHybridRuntime,
  createRemoteRuntime,
  type HybridRuntimeOptions,
  type RemoteRuntimeOptions,
} from "./factories/remote-runtimes.ts";
export type { LlmRuntimeOptions, LocalToolOptions } from "./factories/llm-runtime-options.ts";
export type { LocalModel } from "./factories/local-llm-client.ts";
export type { LanguageModelLike } from "./ai-sdk/language-model-like.ts";
export { approve, approveEdited, reject, type ApprovalAnswer } from "./approval/approval-answer.ts";
export type { Approval, ApprovalContext, ApprovalRule } from "./approval/approval-rule.ts";
export { approvalOf, openApprovals, type OpenApproval } from "./approval/open-approvals.ts";
export { defineTool, type ToolSpec } from "./tools/define-tool.ts";
export {
  MappingToolExecutor,
  type MappingOptions,
  type ToolFunction,
} from "./tools/mapping-tool-executor.ts";
export { PassthroughToolExecutor } from "./tools/passthrough-tool-executor.ts";
export { toJson } from "./tools/to-json.ts";
export { toLlmTool, type Tool, type ToolContext } from "./tools/tool.ts";
export { TOOL_CALL } from "./tools/tool-call-workflow.ts";
export { toolCalls, type ToolCallsPlan } from "./tools/tool-calls.ts";
export { toolCallsEffects, type ToolCallsOptions } from "./tools/tool-calls-effects.ts";
export { ToolError } from "./tools/tool-error.ts";
export type * from "./tools/tool-executor.ts";
export { reactAgent } from "./agent/react-agent.ts";
export { agentEffects } from "./agent/agent-effects.ts";
export type { Agent, AgentOutput, AgentRules, ReactAgentSpec } from "./agent/agent.ts";
export type { AgentInput, AgentRequest, AgentVars } from "./agent/agent-vars.ts";
export type { HistoryRules } from "./agent/history-rules.ts";
export { limitNotice } from "./usage/limit-notice.ts";
export { RemoteToolExecutor, type RemoteToolsOptions } from "./tools/remote-tool-executor.ts";
export type { ToolDescription, ToolJob } from "./tools/tool-job.ts";
export type { WorkerAddress } from "./tools/worker-client.ts";
