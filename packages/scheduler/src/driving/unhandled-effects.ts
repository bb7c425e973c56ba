import { AbstractRuntimeError, type DurableStore } from "@abstractruntime/core";

/**
 * What becomes of a run that asks for an effect without a handler in this process. `fail`: it fails. `put_off`: it stays as
 * it is, for a process that has the handler, is left alone for a while, and reported to `onRunFailed`. By default it is put
 * off where several processes may write to the store, for one of them may have the handler, and fails elsewhere.
 */
export type UnhandledEffects = "fail" | "put_off";

/** Whether such a run is put off. @throws invalid_argument */
export function putsOffUnhandled(
  choice: UnhandledEffects | undefined,
  store: DurableStore,
): boolean {
  if (choice === undefined) return store.capabilities.writers === "many_processes";
  if (choice === "fail" || choice === "put_off") return choice === "put_off";
  throw new AbstractRuntimeError(
    "invalid_argument",
    `unhandledEffects is ${JSON.stringify(choice)}: give fail or put_off`,
  );
}
