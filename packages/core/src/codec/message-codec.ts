import type { Message } from "../inbox/message.ts";
import type { JsonObject } from "../json/json-value.ts";
import { decodeError, encodeError } from "./error-codec.ts";
import { Fields } from "./fields.ts";
import { decodeUsage, encodeUsage, readUsage } from "./usage-codec.ts";

const kinds: readonly Message["kind"][] = [
  "answer",
  "event",
  "child_ended",
  "join_due",
  "spent",
  "cancel",
  "pause",
  "unpause",
  "limits",
  "settle",
  "outcome",
];

/** A message to a run, at rest and on the wire. */
export function encodeMessage(message: Message): JsonObject {
  const shared = {
    kind: message.kind,
    message_id: message.messageId,
    by: message.by,
    sent_at: message.sentAt,
  };
  switch (message.kind) {
    case "answer":
      return { ...shared, wait_id: message.waitId, payload: message.payload };
    case "event":
      return { ...shared, key: message.key, payload: message.payload };
    case "child_ended":
      return {
        ...shared,
        child_id: message.childId,
        child_workflow_id: message.childWorkflowId,
        wait_id: message.waitId,
        status: message.status,
        output: message.output,
        error: message.error === null ? null : encodeError(message.error),
        ...(message.index !== null && { index: message.index }),
        ...(message.usage !== undefined && { usage: encodeUsage(message.usage) }),
      };
    case "spent":
      return {
        ...shared,
        child_id: message.childId,
        usage: encodeUsage(message.usage),
      };
    case "join_due":
      return {
        ...shared,
        wait_id: message.waitId,
        completed: message.completed,
        failed: message.failed,
      };
    case "cancel":
      return { ...shared, reason: message.reason };
    case "pause":
    case "unpause":
      return shared;
    case "limits":
      return { ...shared, limits: message.limits };
    case "settle":
      return {
        ...shared,
        wait_id: message.waitId,
        verdict: message.verdict,
        result: message.result,
      };
    case "outcome":
      return {
        ...shared,
        step_id: message.stepId,
        attempt: message.attempt,
        result: message.result,
        error: message.error === null ? null : encodeError(message.error),
        ...(message.usage !== undefined && { usage: encodeUsage(message.usage) }),
      };
    default:
      return message satisfies never;
  }
}

/** @throws store_corrupt */
export function decodeMessage(value: unknown, where: string): Message {
  const fields = new Fields(value, where);
  const shared = {
    messageId: fields.text("message_id"),
    by: fields.textOrNull("by"),
    sentAt: fields.instant("sent_at"),
  };
  const kind = fields.oneOf("kind", kinds);
  switch (kind) {
    case "answer":
      return { ...shared, kind, waitId: fields.text("wait_id"), payload: fields.value("payload") };
    case "event":
      return { ...shared, kind, key: fields.text("key"), payload: fields.value("payload") };
    case "child_ended":
      return {
        ...shared,
        kind,
        childId: fields.text("child_id"),
        childWorkflowId: fields.text("child_workflow_id"),
        waitId: fields.textOrNull("wait_id"),
        status: fields.oneOf("status", ["completed", "failed", "cancelled"]),
        output: fields.value("output"),
        error: fields.optional("error", decodeError),
        index: fields.lacks("index") ? null : fields.count("index"),
        ...readUsage(fields),
      };
    case "spent":
      return {
        ...shared,
        kind,
        childId: fields.text("child_id"),
        usage: decodeUsage(fields.inner("usage")),
      };
    case "join_due":
      return {
        ...shared,
        kind,
        waitId: fields.text("wait_id"),
        completed: fields.count("completed"),
        failed: fields.count("failed"),
      };
    case "cancel":
      return { ...shared, kind, reason: fields.text("reason") };
    case "pause":
    case "unpause":
      return { ...shared, kind };
    case "limits":
      return { ...shared, kind, limits: fields.object("limits") };
    case "settle":
      return {
        ...shared,
        kind,
        waitId: fields.text("wait_id"),
        verdict: fields.oneOf("verdict", ["happened", "not_happened", "give_up"]),
        result: fields.value("result"),
      };
    case "outcome":
      return {
        ...shared,
        kind,
        stepId: fields.text("step_id"),
        attempt: fields.count("attempt"),
        result: fields.value("result"),
        error: fields.optional("error", decodeError),
        ...readUsage(fields),
      };
    default:
      return kind satisfies never;
  }
}
