import type { Session } from "../draft/draft.ts";
import { ListDraft } from "../draft/list-draft.ts";
import { ObjectDraft } from "../draft/object-draft.ts";
import type { JsonObject, JsonValue } from "../json/json-value.ts";
import type { Patch, PatchOperation } from "../json/patch.ts";

/** A draft of a run's vars that one handler may change, and the patch that says how. */
export interface VarsDraft {
  readonly draft: JsonObject;
  /**
   * Close the draft. Whoever kept it can't use it any more.
   *
   * @throws invalid_json_value a change is not JSON
   */
  finish(): Patch;
}

/** Begin a draft. The vars themselves stay as they are; what is not touched is not looked at. */
export function draftVars(vars: JsonObject): VarsDraft {
  const session: Session = {
    isOpen: true,
    draftOf: (base, parent) =>
      isList(base) ? new ListDraft(session, parent, base) : new ObjectDraft(session, parent, base),
  };
  const root = new ObjectDraft(session, null, vars);
  return {
    draft: root.value as JsonObject,
    finish() {
      const patch: PatchOperation[] = [];
      try {
        root.collect("", patch);
      } finally {
        session.isOpen = false;
      }
      return patch;
    },
  };
}

function isList(value: JsonObject | readonly JsonValue[]): value is readonly JsonValue[] {
  return Array.isArray(value);
}
