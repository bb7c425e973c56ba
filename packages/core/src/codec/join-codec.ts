import type { Join } from "../join/join.ts";
import type { JsonObject } from "../json/json-value.ts";
import type { Fields } from "./fields.ts";

export function encodeJoin(join: Join): JsonObject {
  return {
    intent_seq: join.intentSeq,
    total: join.total,
    begun: join.begun,
    need: join.need,
    on_failure: join.onFailure,
    max_concurrency: join.maxConcurrency,
    ...(join.joinedBy !== undefined && { joined_by: join.joinedBy }),
  };
}

/** @throws store_corrupt */
export function decodeJoin(fields: Fields): Join {
  return {
    intentSeq: fields.count("intent_seq", 1),
    total: fields.count("total", 1),
    begun: fields.count("begun"),
    need: fields.lacks("need") ? null : fields.count("need", 1),
    onFailure: fields.oneOf("on_failure", ["fail_fast", "settle"]),
    maxConcurrency: fields.lacks("max_concurrency") ? null : fields.count("max_concurrency", 1),
    ...(!fields.lacks("joined_by") && { joinedBy: fields.text("joined_by") }),
  };
}
