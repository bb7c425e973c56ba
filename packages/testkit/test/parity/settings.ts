import {
  DefaultEffectPolicy,
  NoRetryPolicy,
  RetryPolicy,
  type EffectPolicy,
  type JsonObject,
  type LimitsConfig,
} from "@abstractruntime/core";
import type { PolicySpec } from "./scenario.ts";

/** A scenario's policy as ours. 0.2.0 counts in seconds. */
export function policyOf(spec: PolicySpec | undefined): EffectPolicy {
  if (spec === undefined) return new DefaultEffectPolicy();
  const { kind, backoff_base: base = 1, backoff_max: max = kind === "retry" ? 30 : 60 } = spec;
  const delays = { baseMs: base * 1_000, maxMs: max * 1_000 };
  const attempts = attemptsByType(spec);
  if (kind === "none") return new NoRetryPolicy();
  if (kind === "default")
    return new DefaultEffectPolicy({ ...delays, maxAttempts: spec.max_attempts ?? 1, attempts });
  const { llm_max_attempts: llm = 3, tool_max_attempts: tools = 2 } = spec;
  return new RetryPolicy({
    ...delays,
    attempts: { llm_call: llm, tool_calls: tools, ...attempts },
  });
}

function attemptsByType({ per_type: perType = {} }: PolicySpec): Record<string, number> {
  return Object.fromEntries(
    Object.entries(perType).map(([type, said]) => [
      type,
      typeof said === "number" ? said : (said.max_attempts ?? 1),
    ]),
  );
}

/** A scenario's `config` as ours. */
export function limitsOf(config: JsonObject = {}): LimitsConfig {
  const number = (key: string): number | null | undefined => {
    const value = config[key];
    return typeof value === "number" || value === null ? value : undefined;
  };
  const capabilities = config["model_capabilities"];
  return {
    maxIterations: number("max_iterations"),
    warnIterationsPct: number("warn_iterations_pct"),
    // 0.2.0 takes a budget of 0 tokens for none given.
    maxTokens: number("max_tokens") || undefined,
    maxOutputTokens: number("max_output_tokens"),
    warnTokensPct: number("warn_tokens_pct"),
    maxHistoryMessages: number("max_history_messages"),
    capabilities: isObject(capabilities) ? { maxTokens: maxTokens(capabilities) } : undefined,
  };
}

function maxTokens(capabilities: JsonObject): number | undefined {
  const value = capabilities["max_tokens"];
  return typeof value === "number" ? value : undefined;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
