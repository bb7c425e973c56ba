import type { JsonObject, JsonValue } from "../json/json-value.ts";
import type { Gate, Wait, WaitReason, WaitTimeout } from "../wait/wait.ts";
import { Fields } from "./fields.ts";
import { decodeJoin, encodeJoin } from "./join-codec.ts";

export const reasons: readonly WaitReason[] = ["event", "until", "user", "job", "subworkflow"];
export const gates: readonly Gate[] = ["unknown_outcome", "stuck", "limit", "approval"];

/** A wait at rest: 0.2.0's fields in its order, then ours where they say something. */
export function encodeWait(wait: Wait): JsonObject {
  const fields: Record<string, JsonValue> = {
    reason: wait.reason,
    wait_key: wait.waitKey,
    until: wait.until,
    resume_to_node: wait.resumeToNode,
    result_key: wait.resultKey,
    prompt: wait.prompt,
    choices: wait.choices,
    allow_free_text: wait.allowFreeText,
    details: wait.details,
    wait_id: wait.waitId,
  };
  if (wait.stepId !== null) fields["step_id"] = wait.stepId;
  if (!isImplied(wait.waitKeys, wait.waitKey)) fields["wait_keys"] = wait.waitKeys;
  if (wait.onErrorNode !== null) fields["on_error_node"] = wait.onErrorNode;
  if (wait.timeout !== null) fields["timeout"] = { at: wait.timeout.at, node: wait.timeout.node };
  if (wait.gate !== null) fields["gate"] = wait.gate;
  if (wait.join !== null) fields["join"] = encodeJoin(wait.join);
  if (wait.any) fields["any"] = true;
  return fields;
}

/** @throws store_corrupt */
export function decodeWait(value: unknown, where: string): Wait {
  const fields = new Fields(value, where);
  return readWait(fields, fields.text("wait_id"), fields.instantOrNull("until"));
}

/** The parts of a wait that are stored alike by 0.2.0 and here. */
export function readWait(fields: Fields, waitId: string, until: string | null): Wait {
  const waitKey = fields.textOrNull("wait_key");
  return {
    waitId,
    stepId: fields.textOrNull("step_id"),
    reason: fields.oneOf("reason", reasons),
    waitKey,
    waitKeys: fields.has("wait_keys") ? fields.texts("wait_keys") : impliedKeys(waitKey),
    until,
    resumeToNode: fields.textOrNull("resume_to_node"),
    onErrorNode: fields.textOrNull("on_error_node"),
    resultKey: fields.textOrNull("result_key"),
    prompt: fields.textOrNull("prompt"),
    choices: fields.lacks("choices") ? null : fields.list("choices"),
    allowFreeText: fields.flag("allow_free_text", true),
    details: fields.lacks("details") ? null : fields.object("details"),
    timeout: fields.optional("timeout", readTimeout),
    gate: fields.lacks("gate") ? null : fields.oneOf("gate", gates),
    join: fields.optional("join", decodeJoin),
    any: fields.flag("any", false),
  };
}

function readTimeout(fields: Fields): WaitTimeout {
  return { at: fields.instant("at"), node: fields.textOrNull("node") };
}

function impliedKeys(waitKey: string | null): readonly string[] {
  return waitKey === null ? [] : [waitKey];
}

function isImplied(keys: readonly string[], waitKey: string | null): boolean {
  return waitKey === null ? keys.length === 0 : keys.length === 1 && keys[0] === waitKey;
}
