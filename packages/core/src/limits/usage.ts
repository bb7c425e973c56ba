import { defaultLimits, type Limits } from "./limits.ts";

/** How much of one limit is used. Status and warnings are both made of it, so that they can't disagree. */
export interface Usage {
  readonly current: number;
  /** Negative: none. */
  readonly maximum: number;
  /** Percentage, rounded to one decimal: what people see is what is compared. 0 without a maximum, 100 of a maximum of 0. */
  readonly pct: number;
  readonly warning: boolean;
  readonly exceeded: boolean;
}

export interface UsageByLimit {
  readonly iterations: Usage;
  readonly tokens: Usage;
}

/** The usage of each limit that has one. */
export function measure(limits: Limits): UsageByLimit {
  return {
    iterations: usage(
      limits.current_iteration,
      limits.max_iterations ?? Number(defaultLimits.max_iterations),
      limits.warn_iterations_pct ?? Number(defaultLimits.warn_iterations_pct),
    ),
    tokens: usage(
      limits.estimated_tokens_used,
      limits.max_tokens ?? Number(defaultLimits.max_tokens),
      limits.warn_tokens_pct ?? Number(defaultLimits.warn_tokens_pct),
    ),
  };
}

function usage(current: number, maximum: number, warnPct: number): Usage {
  if (maximum < 0) return { current, maximum, pct: 0, warning: false, exceeded: false };
  const pct = maximum === 0 ? 100 : roundToTenth((current / maximum) * 100);
  return {
    current,
    maximum,
    pct,
    warning: (current > 0 || maximum === 0) && pct >= warnPct,
    exceeded: current >= maximum,
  };
}

/** To one decimal as Python's `round(value, 1)`: by the binary value, a true tie (.25, .75) to the even digit. */
function roundToTenth(value: number): number {
  const isTie = Math.abs((value * 4) % 2) === 1;
  if (!isTie) return Number(value.toFixed(1));
  const below = Math.floor(value * 10);
  return (below % 2 === 0 ? below : below + 1) / 10;
}
