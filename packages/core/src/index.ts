export { Runtime } from "./runtime/runtime.ts";
export { RunHandle } from "./runtime/run-handle.ts";
export type { RuntimeOptions } from "./runtime/runtime-options.ts";
export type { Handover } from "./runtime/adopt-run.ts";
export type { ClaimOptions, DueRun, DueRuns } from "./runtime/claim-runs.ts";
export type { StartOptions } from "./runtime/start-run.ts";
export type { ResumeOptions } from "./runtime/resume-run.ts";
export type { Verdict } from "./runtime/settle-run.ts";
export type { EmitOptions, EventOptions } from "./runtime/emit-event.ts";
export type { ControlOptions, LimitOptions } from "./runtime/control-run.ts";
export {
  createClient,
  type AnswerOptions,
  type Client,
  type ClientOptions,
  type ResultOptions,
} from "./client/client.ts";
export type { ClientRun } from "./client/client-run.ts";
export type { ClientStartOptions } from "./client/start-by-id.ts";
export type { PurgeOptions, PurgeResult } from "./runtime/purge-runs.ts";
export { exportRun, type BundleSource } from "./bundle/export-run.ts";
export {
  importRun,
  type BundleTarget,
  type Imported,
  type ImportOptions,
} from "./bundle/import-run.ts";
export type { ExportOptions } from "./runtime/move-run.ts";
export type { PauseOptions } from "./runtime/pause-run.ts";
export type { DiffArguments, RunDiff, RunMoment } from "./runtime/diff-runs.ts";
export type { CopyOptions, ForkOptions } from "./runtime/fork-run.ts";
export type { ForkEffects } from "./fork/reopen.ts";
export type { SnapshotOptions } from "./runtime/snapshot-run.ts";
export { diffStates, type FieldChange, type StateDiff } from "./diff/diff-states.ts";
export type { ValueChange } from "./diff/diff-json.ts";
export type { WatchEvent, WatchOptions } from "./runtime/watch-run.ts";
export { defineWorkflow, type WorkflowDefinition } from "./workflow/define-workflow.ts";
export type { NodeContext, NodeHandler, NodeRun } from "./workflow/node-handler.ts";
export type { Edges, Workflow } from "./workflow/workflow.ts";
export { END } from "./workflow/end.ts";
export { WorkflowRegistry } from "./workflow/workflow-registry.ts";
export {
  checkMigration,
  type CheckMigrationOptions,
  type MigrationReport,
  type NodeMove,
  type RunCheck,
  type RunChecks,
} from "./migration/check-migration.ts";
export type { Migration } from "./migration/migration.ts";
export type { Obstacle, ObstacleCode } from "./migration/obstacle.ts";
export type { NodePlace } from "./migration/run-nodes.ts";
export { toMermaid, type MermaidOptions } from "./picture/to-mermaid.ts";
export type { PicturedRun } from "./picture/run-marks.ts";
export { checkWorkflow } from "./picture/check-workflow.ts";
export type { Finding, FindingCode } from "./picture/finding.ts";
export { observeEdges, type ObserveOptions } from "./picture/observe-edges.ts";
export type * from "./picture/observed-graph.ts";
export type { GraphOptions } from "./picture/graph-input.ts";
export { complete, fail, goto } from "./step/plan-helpers.ts";
export type { Plan, PlannedEffect, PlannedFailure, Write } from "./step/plan.ts";
export { ref } from "./step/ref.ts";
export {
  branches,
  startSubworkflows,
  type Branch,
  type BranchOfEach,
  type ChildResult,
  type JoinResult,
  type Subworkflow,
  type SubworkflowOfEach,
} from "./builtin/plan-children.ts";
export type { Join } from "./join/join.ts";
export type { ScopedEvent } from "./builtin/scoped-event.ts";
export { eventKey, type EventAddress, type EventScope } from "./wait/event-key.ts";
export { waitAny, type WaitAnyResult } from "./builtin/plan-wait-any.ts";
export {
  askUser,
  startSubworkflow,
  waitEvent,
  waitUntil,
  type Question,
  type WaitPlan,
} from "./builtin/plan-waits.ts";
export {
  defineEffect,
  type Effect,
  type EffectPlan,
  type EffectSpec,
} from "./effect/define-effect.ts";
export {
  defineDelegatedEffect,
  isDelegatedEffect,
  type DelegatedEffect,
  type Delegation,
  type DelegationContext,
} from "./effect/delegated-effect.ts";
export type { EffectContext, EffectDefinition, RetryOptions } from "./effect/effect-definition.ts";
export { EffectError, type EffectErrorOptions } from "./effect/effect-error.ts";
export {
  isInterruption,
  type Interruption,
  type InterruptionCause,
} from "./effect/interruption.ts";
export {
  isWaitRequest,
  waitFor,
  type WaitOptions,
  type WaitRequest,
} from "./effect/wait-request.ts";
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
export { getLimitStatus, type BudgetStatus, type LimitStatus } from "./limits/limit-status.ts";
export type { BoundKey, BudgetKey } from "./limits/budget-keys.ts";
export { exhausted } from "./limits/exhausted.ts";
export type { Grant } from "./limits/grant.ts";
export { defaultLimits, type Limits } from "./limits/limits.ts";
export { limitsFromConfig, type BudgetsConfig, type LimitsConfig } from "./limits/limits-config.ts";
export type { Bound } from "./limits/measure.ts";
export type { LimitUpdates } from "./limits/update-limits.ts";
export { usageOf, type Usage, type UsageReport } from "./limits/usage.ts";
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
