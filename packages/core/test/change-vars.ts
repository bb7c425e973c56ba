import type { JsonObject, JsonValue } from "../src/json/json-value.ts";
import { applyPatch, type Patch } from "../src/json/patch.ts";
import { draftVars } from "../src/step/draft-vars.ts";

// oxlint-disable-next-line typescript/no-explicit-any -- handlers without a schema write to untyped vars
export type Untyped = any;

/** The patch that says what a handler changed. */
export function changesOf(vars: JsonObject, handler: (draft: Untyped) => unknown): Patch {
  const { draft, finish } = draftVars(vars);
  handler(draft);
  return finish();
}

/** The vars that a handler leaves behind. */
export function varsAfter(vars: JsonValue, handler: (draft: Untyped) => unknown): Untyped {
  return applyPatch(vars as JsonObject, changesOf(vars as JsonObject, handler));
}
