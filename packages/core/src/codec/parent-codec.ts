import type { JsonObject } from "../json/json-value.ts";
import type { ParentLink } from "../run/run-state.ts";
import type { Fields } from "./fields.ts";

export function encodeParent(parent: ParentLink): JsonObject {
  return { run_id: parent.runId, step_id: parent.stepId, wait_id: parent.waitId };
}

/** @throws store_corrupt */
export function decodeParent(fields: Fields): ParentLink {
  return {
    runId: fields.text("run_id"),
    stepId: fields.text("step_id"),
    waitId: fields.textOrNull("wait_id"),
  };
}
