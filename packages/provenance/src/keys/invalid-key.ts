import { AbstractRuntimeError } from "@abstractruntime/core/store";

/** @param where names the key; @param what is wrong with it. Neither ever holds key material. */
export function invalidKey(where: string, what: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_key", `${where}: ${what}`);
}
