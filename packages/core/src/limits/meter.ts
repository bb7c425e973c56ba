import { isJsonObject } from "../json/is-json-object.ts";
import type { JsonObject } from "../json/json-value.ts";
import type { Clock } from "../ports/clock.ts";
import type { Pending } from "../run/pending.ts";
import type { Outcome } from "../step/outcome.ts";
import { parseInstant } from "../time/instant.ts";
import { refused } from "./limit-rules.ts";
import { parseUsage } from "./parse-usage.ts";
import { numberOf, plus } from "./read-number.ts";
import { usageFrom, type Usage, type UsageReport } from "./usage.ts";

/** Adds up what one attempt of an effect uses. What was taken once is not given again, however late the attempt ends. */
export class Meter {
  readonly #clock: Clock;
  readonly #startedAt: string | null;
  /** Null where nothing may be used. */
  readonly #vars: JsonObject | null;
  #reported: { readonly [Name in keyof UsageReport]: number } | null = null;
  /** Whether a model call was counted that nobody reported as one. */
  #hasImplied = false;
  #hasEnded = false;

  /** @param vars of the run, whose `_limits` say what is counted; null for an effect that spends nothing */
  constructor(clock: Clock, pending: Pending, vars: JsonObject | null) {
    this.#clock = clock;
    this.#startedAt = pending.startedAt;
    this.#vars = vars;
  }

  /** @throws invalid_argument */
  add(report: unknown): void {
    const { iterations, inputTokens, outputTokens, cost } = parseUsage(report);
    if (this.#vars === null) throw refused("usage", "the effect was defined with spends: false");
    const sum = this.#reported;
    this.#reported = {
      inputTokens: plus(sum?.inputTokens ?? 0, inputTokens ?? 0),
      outputTokens: plus(sum?.outputTokens ?? 0, outputTokens ?? 0),
      cost: plus(sum?.cost ?? 0, cost ?? 0),
      ...(sum?.iterations === undefined && iterations === undefined
        ? {}
        : { iterations: plus(sum?.iterations ?? 0, iterations ?? 0) }),
    };
  }

  /** What was used since the last taking, now that the attempt came so far; `undefined` for nothing. */
  take(status: Outcome["status"]): Usage | undefined {
    const reported = this.#reported;
    const isEnd = status !== "interrupted" && !this.#hasEnded;
    if (isEnd) this.#hasEnded = true;
    const countsEffects = isEnd && this.#hasBudget("budget_effects");
    const countsTime = isEnd && this.#hasBudget("budget_active_ms");
    if (reported === null && !countsEffects && !countsTime) return undefined;
    this.#reported = null;
    const usage = {
      ...reported,
      iterations: reported === null ? 0 : this.#iterations(reported),
      effects: countsEffects ? 1 : 0,
      activeMs: countsTime ? this.#activeMs() : 0,
    };
    return usageFrom(({ name }) => usage[name] ?? 0);
  }

  /** An attempt that used tokens called a model once, unless it says how often. */
  #iterations({ iterations, inputTokens = 0, outputTokens = 0 }: UsageReport): number {
    if (iterations !== undefined || this.#hasImplied) return iterations ?? 0;
    this.#hasImplied = inputTokens + outputTokens > 0;
    return this.#hasImplied ? 1 : 0;
  }

  #hasBudget(key: string): boolean {
    const limits = this.#vars?.["_limits"];
    return isJsonObject(limits) && numberOf(limits[key]) !== null;
  }

  #activeMs(): number {
    return this.#startedAt === null
      ? 0
      : Math.max(0, Math.round(this.#clock.now() - parseInstant(this.#startedAt)));
  }
}
