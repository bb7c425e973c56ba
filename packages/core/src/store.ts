export { renderRecord } from "./codec/record-codec.ts";
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
export { foldRun } from "./run/fold-run.ts";
export type * from "./run/pending.ts";
export { reduce } from "./run/reduce.ts";
export { isEnded } from "./run/run-state.ts";
export type * from "./run/run-state.ts";
export { formatInstant, parseInstant } from "./time/instant.ts";
export type * from "./wait/wait.ts";
