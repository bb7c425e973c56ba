import { copyObject } from "../json/copy-object.ts";
import { isJsonObject } from "../json/is-json-object.ts";
import type { JsonObject } from "../json/json-value.ts";
import type { UsedKey } from "./budget-keys.ts";
import { defaultLimits } from "./limits.ts";
import { amountOf, plus } from "./read-number.ts";

/** What an effect says that an attempt used. What is absent is nothing; the runtime adds up what it hears. */
export interface UsageReport {
  /** Model calls. An attempt that reports tokens and leaves this out counts as one. */
  readonly iterations?: number | undefined;
  readonly inputTokens?: number | undefined;
  readonly outputTokens?: number | undefined;
  /** In whatever currency the budget is in. */
  readonly cost?: number | undefined;
}

/** What an attempt, or a child with all its own children, used. What is absent is nothing. */
export interface Usage {
  readonly iterations?: number;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
  readonly cost?: number;
  /** Attempts that ended. Counted while the run has a `budget_effects`. */
  readonly effects?: number;
  /** Milliseconds from the begin of attempts to their ends. Counted while the run has a `budget_active_ms`. */
  readonly activeMs?: number;
}

/** Each amount, its name at rest, and its counter in `vars._limits`. */
export const usageFields: readonly {
  readonly name: keyof Usage;
  readonly atRest: string;
  readonly counter: "current_iteration" | UsedKey;
}[] = [
  { name: "iterations", atRest: "iterations", counter: "current_iteration" },
  { name: "inputTokens", atRest: "input_tokens", counter: "used_input_tokens" },
  { name: "outputTokens", atRest: "output_tokens", counter: "used_output_tokens" },
  { name: "cost", atRest: "cost", counter: "used_cost" },
  { name: "effects", atRest: "effects", counter: "used_effects" },
  { name: "activeMs", atRest: "active_ms", counter: "used_active_ms" },
];

/** `vars` after an attempt or a child used this. */
export function spend(vars: JsonObject, usage: Usage): JsonObject {
  const limits = limitsIn(vars);
  const counted = copyObject(limits);
  for (const { name, counter } of usageFields) {
    const used = usage[name];
    if (used !== undefined) counted[counter] = plus(amountOf(limits[counter]), used);
  }
  const next = copyObject(vars);
  next["_limits"] = counted;
  return next;
}

/** What a run and its children used so far; `undefined` for nothing. */
export function usageOf(run: { readonly vars: JsonObject }): Usage | undefined {
  const limits = limitsIn(run.vars);
  return usageFrom(({ counter }) => amountOf(limits[counter]));
}

/** A usage without amounts of nothing; `undefined` when nothing is left. */
export function usageFrom(
  amount: (field: (typeof usageFields)[number]) => number,
): Usage | undefined {
  const usage: { -readonly [Name in keyof Usage]: number } = {};
  let isEmpty = true;
  for (const field of usageFields) {
    const used = amount(field);
    if (used === 0) continue;
    usage[field.name] = used;
    isEmpty = false;
  }
  return isEmpty ? undefined : usage;
}

const nothing: { readonly usage?: Usage } = Object.freeze({});

/** The usage of what carries one, to be spread into a record or a message. */
export function usageIn({ usage }: { readonly usage?: Usage }): { readonly usage?: Usage } {
  return usage === undefined ? nothing : { usage };
}

function limitsIn(vars: JsonObject): JsonObject {
  const limits = vars["_limits"];
  return isJsonObject(limits) ? limits : defaultLimits;
}
