import type { Claim } from "./claims.ts";

/** From when to when something was away (milliseconds since 1970). */
export interface Outage {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Circumstances {
  readonly leaseMs: number;
  /** When drivers were killed, by their names. */
  readonly deaths: ReadonlyMap<string, number>;
  /** Of the database. */
  readonly outages: readonly Outage[];
}

/** How long a run waited for its next driver, in milliseconds. */
export interface Wait extends Claim {
  /** Since its driver died. */
  readonly waitedMs: number;
  /** Whether the database was away in the meantime. */
  readonly isDisturbed: boolean;
  /** Whether somebody took other runs when this one had waited for longer than the lease and a second. */
  readonly isOverlooked: boolean;
}

/** Beyond the lease, a run may wait for so long. */
const GRACE_MS = 1_000;
/** So long one look may take, with all that it claims. */
const LOOK_MS = 200;

/** How long runs waited whose drivers were killed. @param claims all of them, the first in front */
export function waitsIn(
  claims: readonly Claim[],
  { leaseMs, deaths, outages }: Circumstances,
): readonly Wait[] {
  return claims.flatMap((claim) => {
    const { owner, dueMs, takenMs } = claim;
    const diedMs = deaths.get(owner ?? "");
    if (diedMs === undefined || diedMs > takenMs) return [];
    // Who had adopted the run from a dispatcher that is dead prolonged the lease, and died later.
    const sinceMs = Math.max(diedMs, dueMs - leaseMs);
    const [fromMs, toMs] = [sinceMs + leaseMs + GRACE_MS, takenMs - LOOK_MS];
    return [
      {
        ...claim,
        waitedMs: takenMs - sinceMs,
        isDisturbed: outages.some((outage) => outage.fromMs < takenMs && outage.toMs > sinceMs),
        isOverlooked:
          fromMs < toMs && claims.some((other) => other.takenMs > fromMs && other.takenMs < toMs),
      },
    ];
  });
}

/** `median, p99, max` of these numbers. */
export function distribution(numbers: readonly number[]): string {
  const sorted = numbers.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    Math.round(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0);
  return `${sorted.length} times, median ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)} ms`;
}
