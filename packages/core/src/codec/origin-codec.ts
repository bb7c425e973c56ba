import type { JsonObject } from "../json/json-value.ts";
import type { ForkOrigin } from "../run/run-state.ts";
import type { Fields } from "./fields.ts";

export function encodeOrigin({ runId, seq }: ForkOrigin): JsonObject {
  return { run_id: runId, seq };
}

/** @throws store_corrupt */
export function decodeOrigin(fields: Fields): ForkOrigin {
  return { runId: fields.text("run_id"), seq: fields.count("seq") };
}
