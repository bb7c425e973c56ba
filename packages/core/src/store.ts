export { encodeRecord } from "./codec/record-codec.ts";
export { keepRendered, renderPieces, renderRecord } from "./codec/render-record.ts";
export {
  AbstractRuntimeError,
  isAbstractRuntimeError,
  type ErrorOptionsWithDetails,
} from "./errors/abstract-runtime-error.ts";
export { errorCodes, type ErrorCode, type ErrorCodeInfo } from "./errors/codes.ts";
export type * from "./inbox/message.ts";
export { deepFreeze } from "./json/deep-freeze.ts";
export type { JsonObject, JsonValue } from "./json/json-value.ts";
export type { Patch, PatchOperation } from "./json/patch.ts";
export type * from "./ledger/ledger-record.ts";
export type { Abortable } from "./ports/abortable.ts";
export type { Clock } from "./ports/clock.ts";
export type * from "./ports/durable-store.ts";
export type { Ids } from "./ports/ids.ts";
export type { LogFields, Logger } from "./ports/logger.ts";
export { randomIds } from "./ports/random-ids.ts";
export { silentLogger } from "./ports/silent-logger.ts";
export { systemClock } from "./ports/system-clock.ts";
export { ledgerHeadOf } from "./ledger/ledger-head.ts";
export { foldRun, follow } from "./run/fold-run.ts";
export type * from "./run/pending.ts";
export { reduce } from "./run/reduce.ts";
export { isEnded } from "./run/run-state.ts";
export type * from "./run/run-state.ts";
export { formatInstant, parseInstant } from "./time/instant.ts";
export type * from "./wait/wait.ts";
export {
  addClaim,
  claimMetadata,
  findClaim,
  type ArtifactClaim,
} from "./artifact/artifact-claims.ts";
export { artifactIdOfHash, assertArtifactId, computeArtifactId } from "./artifact/artifact-id.ts";
export { claimOf } from "./artifact/new-artifact.ts";
export type * from "./ports/artifact-store.ts";
export type * from "./ports/snapshot-store.ts";
export { snapshotFilter, type SnapshotFacts } from "./snapshot/snapshot-filter.ts";
export { pageNewestFirst, type OrderKey, type PageRequest } from "./store/newest-first.ts";
export type { Join, JoinCounts } from "./join/join.ts";
export { isCounted, joinDue, tallied, tallyFor, type JoinTally } from "./join/join-tally.ts";
export { checkChange, checkWakeAts } from "./memory/check-change.ts";
export { checkTexts } from "./memory/check-texts.ts";
export { choosePurged, type PurgeableRun, type RunFamilies } from "./memory/choose-purged.ts";
export { checkCopy, noSuchCopy } from "./memory/check-copy.ts";
export { claimFilter } from "./memory/claim-filter.ts";
export { inboxFull, isOverLimit } from "./memory/inbox-limit.ts";
export { freezeRun, isHeld, keepState } from "./memory/memory-run.ts";
export { isWokenBy } from "./memory/memory-runs.ts";
export { runFilter } from "./memory/run-query.ts";
export { assertFound, assertLease, assertRead, assertUnchanged } from "./memory/store-conflicts.ts";
export { RunsInOrder } from "./memory/runs-in-order.ts";
export { DueBell } from "./store/due-bell.ts";
export { assertCount } from "./store/assert-count.ts";
export { ForwardingStore } from "./store/forwarding-store.ts";
export { runBefore } from "./store/run-before.ts";
export { foldCopied } from "./store/fold-copied.ts";
export { mapMessage, mapRecord, mapRun, type MapValue } from "./store/map-values.ts";
export { readable } from "./store/readable.ts";
export { RunCache } from "./store/run-cache.ts";
export { UnderWay } from "./store/under-way.ts";
export { type DueEntries, dueOf, WakeQueue, type Wakeable } from "./memory/wake-queue.ts";
export { decodeArtifactMetadata, encodeArtifactMetadata } from "./codec/artifact-metadata-codec.ts";
export { decodeRecord } from "./codec/decode-record.ts";
export { Fields } from "./codec/fields.ts";
export {
  decodeLedgerLine,
  decodeLegacyRecord,
  type LegacyEffect,
  type LegacyRecord,
} from "./codec/legacy-record.ts";
export { decodeMessage, encodeMessage } from "./codec/message-codec.ts";
export { decodeSnapshot, encodeSnapshot, parseSnapshotText } from "./codec/snapshot-codec.ts";
export { decodeStoredRun, encodeStoredRun, parseRunText } from "./codec/stored-run-codec.ts";
export { isStartedAlike, prepareById, type PrepareByIdOptions } from "./client/start-by-id.ts";
export { prepareRun, type PrepareOptions } from "./runtime/prepare-run.ts";
export { impliedWakeAt } from "./run/implied-wake-at.ts";
export { assertId } from "./run/run-id.ts";
export { decodeRun, encodeRun } from "./codec/run-codec.ts";
export { decodeWait, encodeWait } from "./codec/wait-codec.ts";
export { canonicalJson, compareCodePoints } from "./json/canonical-json.ts";
export { copyJson } from "./json/copy-json.ts";
export {
  LosslessNumber,
  parseLossless,
  type LosslessObject,
  type LosslessValue,
} from "./json/lossless-json.ts";
export { applyPatch } from "./json/patch.ts";
export type { Workflow } from "./workflow/workflow.ts";
export { isInstant } from "./time/instant.ts";
export type * from "./ports/ledger-store.ts";
export type * from "./ports/run-store.ts";
export { noneNamed, noteNamed, type NamedArtifacts } from "./bundle/named-artifacts.ts";
