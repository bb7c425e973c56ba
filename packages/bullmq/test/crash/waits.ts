import type { Takeover } from "./takeovers.ts";

/** From when to when something was away (milliseconds since 1970). */
export interface Outage {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Circumstances {
  readonly leaseMs: number;
  /** When drivers died, by their names. */
  readonly deaths: ReadonlyMap<string, number>;
  /** Of the database. */
  readonly outages: readonly Outage[];
}

/** How long a run waited for its next driver, in milliseconds. */
export interface Wait extends Takeover {
  /** Since its driver died. */
  readonly waitedMs: number;
  /** Since its lease ran out and the database was there. */
  readonly lateMs: number;
  /** Whether the database was away in the meantime. */
  readonly isDisturbed: boolean;
}

/** How long runs waited whose drivers were killed. */
export function waitsOf(
  takeovers: readonly Takeover[],
  { leaseMs, deaths, outages }: Circumstances,
): readonly Wait[] {
  return takeovers.flatMap((takeover) => {
    const { owner, leaseEndedMs, takenMs } = takeover;
    const diedMs = deaths.get(owner);
    if (diedMs === undefined || diedMs > takenMs) return [];
    // Who had adopted the run from a dispatcher that is dead prolonged the lease, and died later.
    const sinceMs = Math.max(diedMs, leaseEndedMs - leaseMs);
    const awayMs = outages.reduce(
      (sum, outage) => sum + overlap(outage, { fromMs: leaseEndedMs, toMs: takenMs }),
      0,
    );
    const isDisturbed = outages.some(
      (outage) => overlap(outage, { fromMs: sinceMs, toMs: takenMs }) > 0,
    );
    const waitedMs = takenMs - sinceMs;
    return [{ ...takeover, waitedMs, lateMs: takenMs - leaseEndedMs - awayMs, isDisturbed }];
  });
}

function overlap(one: Outage, other: Outage): number {
  return Math.max(0, Math.min(one.toMs, other.toMs) - Math.max(one.fromMs, other.fromMs));
}

/** `median, p99, max` of these numbers. */
export function distribution(numbers: readonly number[]): string {
  const sorted = numbers.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    Math.round(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0);
  return `${sorted.length} times, median ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)} ms`;
}
