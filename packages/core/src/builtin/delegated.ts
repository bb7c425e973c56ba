import type { DelegatedEffect } from "../effect/delegated-effect.ts";
import { isEffectError } from "../effect/effect-error.ts";
import { AbstractRuntimeError, isAbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { errorText } from "../errors/error-text.ts";
import { copyJson } from "../json/copy-json.ts";
import type { JsonObject } from "../json/json-value.ts";
import { failedOutcome } from "../step/outcome.ts";
import type { BuiltIn, BuiltInContext, BuiltInOutcome } from "./built-in.ts";
import type { ChildResult } from "./plan-children.ts";
import { subworkflowPayload } from "./plan-children.ts";
import { readJoinRequest, type JoinRequest } from "./start-subworkflows.ts";
import { badPayload } from "./bad-payload.ts";
import { commonWaitOptions, timeoutFault } from "./wait-options.ts";

/** A delegated effect as the kernel evaluates it: it has no outside effect, and starts children in the commit that plans it. */
export function delegated(effect: DelegatedEffect): BuiltIn {
  const joined = (children: readonly ChildResult[], payload: JsonObject) =>
    copyJson(effect.joined(children, payload), "result");
  const evaluate = (payload: JsonObject, context: BuiltInContext): BuiltInOutcome => {
    const fault = timeoutFault(payload);
    if (fault !== null) return badPayload(`${effect.type}: ${fault}`);
    try {
      const children = requestOf(effect, payload, context);
      if (children.total === 0) return { status: "completed", result: joined([], payload) };
      const wait = { ...commonWaitOptions(payload, context.now), reason: "subworkflow" } as const;
      return { status: "waiting", wait, children };
    } catch (error) {
      const isNamed = isAbstractRuntimeError(error) || isEffectError(error);
      const code = isNamed ? error.code : "effect_error";
      return failedOutcome(code, errorText(error), { final: true, certain: true });
    }
  };
  return { type: effect.type, evaluate, joined };
}

function requestOf(
  effect: DelegatedEffect,
  payload: JsonObject,
  context: BuiltInContext,
): JoinRequest {
  const { children, maxConcurrency = null } = effect.delegate(payload, context);
  const asked = copyJson(
    {
      children: children.map(subworkflowPayload),
      max_concurrency: maxConcurrency,
      on_failure: "settle",
    },
    effect.type,
  );
  const request = readJoinRequest(asked as JsonObject);
  if (typeof request !== "string") return request;
  throw new AbstractRuntimeError("invalid_argument", `${effect.type}: ${request}`);
}
