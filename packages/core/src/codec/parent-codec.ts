import type { JsonObject } from "../json/json-value.ts";
import type { ParentLink } from "../run/run-state.ts";
import type { Fields } from "./fields.ts";
import { decodeGrant } from "./usage-codec.ts";

export function encodeParent(parent: ParentLink): JsonObject {
  const { runId, stepId, waitId, index, branch, grant } = parent;
  return {
    run_id: runId,
    step_id: stepId,
    wait_id: waitId,
    ...(index !== null && { index }),
    ...(branch && { branch }),
    ...(grant !== undefined && { grant: { ...grant } }),
  };
}

/** @throws store_corrupt */
export function decodeParent(fields: Fields): ParentLink {
  return {
    runId: fields.text("run_id"),
    stepId: fields.text("step_id"),
    waitId: fields.textOrNull("wait_id"),
    index: fields.lacks("index") ? null : fields.count("index"),
    branch: fields.flag("branch", false),
    ...(fields.has("grant") && { grant: decodeGrant(fields.inner("grant")) }),
  };
}
