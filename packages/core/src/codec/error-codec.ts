import type { JsonObject } from "../json/json-value.ts";
import type { RunError } from "../run/run-state.ts";
import { Fields } from "./fields.ts";

/** An error in one object. */
export function encodeError(error: RunError): JsonObject {
  return { message: error.message, ...encodeErrorDetails(error) };
}

/** @throws store_corrupt */
export function decodeError(fields: Fields): RunError {
  return decodeErrorDetails(fields.text("message"), fields);
}

/** An error without its message, which stands beside it as 0.2.0's `error` text. */
export function encodeErrorDetails(error: RunError): JsonObject {
  const { code, nodeId, stepId, attempt, details } = error;
  return {
    code,
    node_id: nodeId,
    step_id: stepId,
    attempt,
    ...(details === undefined ? {} : { details }),
  };
}

/**
 * The error of an object that has its text as `error` and the rest as `error_details`; null when it has neither.
 *
 * @throws store_corrupt
 */
export function decodeSplitError(fields: Fields): RunError | null {
  if (fields.lacks("error_details")) return null;
  return decodeErrorDetails(fields.text("error"), fields.inner("error_details"));
}

function decodeErrorDetails(message: string, fields: Fields): RunError {
  const error = {
    code: fields.text("code"),
    message,
    nodeId: fields.textOrNull("node_id"),
    stepId: fields.textOrNull("step_id"),
    attempt: fields.lacks("attempt") ? null : fields.count("attempt"),
  };
  return fields.lacks("details") ? error : { ...error, details: fields.object("details") };
}
