export { Runtime } from "./runtime/runtime.ts";
export { RunHandle } from "./runtime/run-handle.ts";
export type { RuntimeOptions } from "./runtime/runtime-options.ts";
export type { StartOptions } from "./runtime/start-run.ts";
export type { ResumeOptions } from "./runtime/resume-run.ts";
export type { Verdict } from "./runtime/settle-run.ts";
export type { EmitOptions } from "./runtime/emit-event.ts";
export type { ControlOptions } from "./runtime/control-run.ts";
export type { WatchEvent, WatchOptions } from "./runtime/watch-run.ts";
export { defineWorkflow, type WorkflowDefinition } from "./workflow/define-workflow.ts";
export type { NodeContext, NodeHandler, NodeRun } from "./workflow/node-handler.ts";
export type { Edges, Workflow } from "./workflow/workflow.ts";
export { WorkflowRegistry } from "./workflow/workflow-registry.ts";
export { complete, fail, goto } from "./step/plan-helpers.ts";
export type { Plan, PlannedEffect, PlannedFailure, Write } from "./step/plan.ts";
export { ref } from "./step/ref.ts";
export {
  askUser,
  startSubworkflow,
  waitEvent,
  waitUntil,
  type WaitPlan,
} from "./builtin/plan-waits.ts";
export {
  defineEffect,
  type Effect,
  type EffectPlan,
  type EffectSpec,
} from "./effect/define-effect.ts";
export type { EffectContext, EffectDefinition, RetryOptions } from "./effect/effect-definition.ts";
export { EffectError, type EffectErrorOptions } from "./effect/effect-error.ts";
export {
  isInterruption,
  type Interruption,
  type InterruptionCause,
} from "./effect/interruption.ts";
export { waitFor, type WaitOptions } from "./effect/wait-request.ts";
export {
  DefaultEffectPolicy,
  NoRetryPolicy,
  RetryPolicy,
  type EffectPolicy,
  type EffectPolicyOptions,
} from "./policy/effect-policy.ts";
export {
  AbstractRuntimeError,
  isAbstractRuntimeError,
  type ErrorOptionsWithDetails,
} from "./errors/abstract-runtime-error.ts";
export { errorCodes, type ErrorCode, type ErrorCodeInfo } from "./errors/codes.ts";
export { foldRun } from "./run/fold-run.ts";
export { isEnded } from "./run/run-state.ts";
export type * from "./run/run-state.ts";
export type * from "./run/pending.ts";
export type * from "./wait/wait.ts";
export type * from "./ledger/ledger-record.ts";
export type * from "./inbox/message.ts";
export type { JsonObject, JsonValue } from "./json/json-value.ts";
export type { Patch, PatchOperation } from "./json/patch.ts";
export type * from "./ports/durable-store.ts";
export type { Abortable } from "./ports/abortable.ts";
export type { Clock } from "./ports/clock.ts";
export type { Ids } from "./ports/ids.ts";
export type { LogFields, Logger } from "./ports/logger.ts";
export { MemoryStore } from "./memory/memory-store.ts";
export { consoleLogger } from "./ports/console-logger.ts";
export { randomIds } from "./ports/random-ids.ts";
export { silentLogger } from "./ports/silent-logger.ts";
export { systemClock } from "./ports/system-clock.ts";
export { computeArtifactId } from "./artifact/artifact-id.ts";
export {
  artifactRef,
  getArtifactId,
  isArtifactRef,
  type ArtifactRef,
} from "./artifact/artifact-ref.ts";
export { readArtifact, type ReadOptions } from "./artifact/read-artifact.ts";
export { resolveArtifact, type Artifact } from "./artifact/resolve-artifact.ts";
export { getJson, getText, putJson, putText } from "./artifact/text-and-json.ts";
export { checkLimits, type LimitWarning } from "./limits/check-limits.ts";
export { getLimitStatus, type LimitStatus } from "./limits/limit-status.ts";
export {
  defaultLimits,
  limitsFromConfig,
  type Limits,
  type LimitsConfig,
} from "./limits/limits.ts";
export type { LimitUpdates } from "./limits/update-limits.ts";
export {
  MemoryArtifactStore,
  type MemoryArtifactStoreOptions,
} from "./memory/memory-artifact-store.ts";
export {
  MemorySnapshotStore,
  type MemorySnapshotStoreOptions,
} from "./memory/memory-snapshot-store.ts";
export type * from "./ports/artifact-store.ts";
export type * from "./ports/snapshot-store.ts";
export { createSnapshot, type NewSnapshot } from "./snapshot/create-snapshot.ts";
export { clearTemp, ensureNamespaces, getLimits } from "./vars/namespaces.ts";
export { computeIdempotencyKey, type IdempotencyKeyParts } from "./step/legacy-idempotency-key.ts";
export { offload, type OffloadOptions } from "./store/offload.ts";
export { MemoryLedgerStore } from "./memory/memory-ledger-store.ts";
export { MemoryRunStore } from "./memory/memory-run-store.ts";
export { combineStores, type StoreHalves } from "./store/combine-stores.ts";
