import type { TokenUsage } from "./token-usage.ts";

/** What a model's tokens cost, in the currency of the run's `budget_cost`. */
export interface ModelPrice {
  readonly inputPerMillion: number;
  readonly outputPerMillion: number;
}

/** Prices by model name. A dated model (`gpt-x-2026-01-31`) costs what its name without the date does, unless it has its own. */
export type PriceTable = Readonly<Record<string, ModelPrice>>;

/** What a call cost; 0 for a model without a price. */
export function costOf(
  prices: PriceTable | undefined,
  model: string | null | undefined,
  { inputTokens, outputTokens }: TokenUsage,
): number {
  const price = prices && priceOf(prices, model ?? "");
  if (price === undefined) return 0;
  return (inputTokens * price.inputPerMillion + outputTokens * price.outputPerMillion) / 1_000_000;
}

function priceOf(prices: PriceTable, model: string): ModelPrice | undefined {
  const undated = model.replace(/[-@]\d{4}-?\d{2}-?\d{2}$/, "");
  const name = [model, undated].find((known) => Object.hasOwn(prices, known));
  return name === undefined ? undefined : prices[name];
}
