import { encodeRun } from "../codec/run-codec.ts";
import { canonicalJson } from "../json/canonical-json.ts";
import type { RunState } from "../run/run-state.ts";

/** Whether two states are the same at rest. */
export function sameRun(one: RunState, other: RunState): boolean {
  return canonicalJson(encodeRun(one)) === canonicalJson(encodeRun(other));
}
