import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { canonicalJson } from "../json/canonical-json.ts";
import type { JsonValue } from "../json/json-value.ts";
import type { Wait } from "./wait.ts";

/** Fields under which an answer that is an object may say its choice. */
const choiceFields = ["choice", "text", "value", "answer"];

/**
 * Refuse an answer that is none of a wait's choices, where it takes nothing else. An answer is a choice when it equals
 * one, or when its `choice`, `text`, `value` or `answer` field does.
 *
 * @throws invalid_answer
 */
export function checkAnswer(wait: Wait, answer: JsonValue): void {
  if (wait.allowFreeText || wait.choices === null || wait.choices.length === 0) return;
  const choices = new Set(wait.choices.map((choice) => canonicalJson(choice)));
  if (sayings(answer).some((said) => choices.has(canonicalJson(said)))) return;
  const message = `wait ${wait.waitId} takes only one of its choices: ${[...choices].join(", ")}`;
  throw new AbstractRuntimeError("invalid_answer", message, {
    details: { waitId: wait.waitId, choices: wait.choices },
  });
}

function sayings(answer: JsonValue): readonly JsonValue[] {
  if (typeof answer !== "object" || answer === null || Array.isArray(answer)) return [answer];
  const said = Object.entries(answer).flatMap(([field, value]) =>
    choiceFields.includes(field) ? [value] : [],
  );
  return [answer, ...said];
}
