import { assertLimit, refused } from "./limit-rules.ts";
import type { UsageReport } from "./usage.ts";

/** What each amount is checked as. */
const rules = {
  iterations: "current_iteration",
  inputTokens: "used_input_tokens",
  outputTokens: "used_output_tokens",
  cost: "used_cost",
} as const satisfies { readonly [Name in keyof Required<UsageReport>]: string };

/**
 * Check what an effect says that it used.
 *
 * @throws invalid_argument it is no object, names what is not counted, or an amount is no number from 0
 */
export function parseUsage(report: unknown): UsageReport {
  if (typeof report !== "object" || report === null || Array.isArray(report))
    throw refused("usage", `give an object with ${Object.keys(rules).join(", ")}`);
  for (const [name, value] of Object.entries(report)) {
    if (!isCounted(name))
      throw refused(`usage.${name}`, `known are ${Object.keys(rules).join(", ")}`);
    if (value !== undefined) assertLimit(rules[name], value, `usage.${name}`);
  }
  return report;
}

function isCounted(name: string): name is keyof UsageReport {
  return Object.hasOwn(rules, name);
}
