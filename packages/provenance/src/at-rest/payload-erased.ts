import { AbstractRuntimeError } from "@abstractruntime/core/store";

/** @param what was erased: `the key of run x` */
export function payloadErased(what: string): AbstractRuntimeError {
  return new AbstractRuntimeError("payload_erased", `${what}: erased, and gone for good`);
}
