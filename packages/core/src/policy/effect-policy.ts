import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";

/** What a runtime does about attempts that fail or do not end. An effect's own definition goes before it. */
export interface EffectPolicy {
  /** How many attempts an effect of this type has, the first included; at least 1. */
  maxAttempts(effectType: string): number;
  /** Milliseconds before the next attempt, after `failures` failed ones (from 1). `random` gives numbers in [0, 1). */
  backoffMs(effectType: string, failures: number, random: () => number): number;
  /** Milliseconds after which an attempt is given up; null for no limit. */
  timeoutMs(effectType: string): number | null;
  /** How many interrupted attempts a step may have before the run waits, stuck, for a person. */
  maxInterruptions(effectType: string): number;
}

export interface EffectPolicyOptions {
  /** The first one included; 1 by default. */
  readonly maxAttempts?: number;
  /** Attempts by effect type, before `maxAttempts`. */
  readonly attempts?: Readonly<Record<string, number>>;
  /** Milliseconds before the second attempt, doubled for each further one; 1,000 by default. */
  readonly baseMs?: number;
  /** 60,000 by default. */
  readonly maxMs?: number;
  /** Share of each delay that is drawn at random, 0 (none, the default) to 1 (all of it). */
  readonly jitter?: number;
  /** Milliseconds per attempt; no limit by default. */
  readonly timeoutMs?: number;
  /** 5 by default. */
  readonly maxInterruptions?: number;
}

/** One attempt unless told otherwise; delays of `min(baseMs · 2^(failures-1), maxMs)`. */
export class DefaultEffectPolicy implements EffectPolicy {
  readonly #options: EffectPolicyOptions;

  constructor(options: EffectPolicyOptions = {}) {
    for (const [name, attempts] of [
      ["maxAttempts", options.maxAttempts ?? 1],
      ...Object.entries(options.attempts ?? {}),
    ]) {
      if (Number.isInteger(attempts) && Number(attempts) >= 1) continue;
      throw new AbstractRuntimeError(
        "invalid_argument",
        `${name}: ${attempts} attempts make no sense: give an integer from 1`,
      );
    }
    assertTimes(options);
    this.#options = options;
  }

  maxAttempts(effectType: string): number {
    const { attempts = {}, maxAttempts = 1 } = this.#options;
    return Object.hasOwn(attempts, effectType)
      ? (attempts[effectType] ?? maxAttempts)
      : maxAttempts;
  }

  backoffMs(_effectType: string, failures: number, random: () => number): number {
    return backoff(this.#options, failures, random);
  }

  timeoutMs(_effectType: string): number | null {
    return this.#options.timeoutMs ?? null;
  }

  maxInterruptions(_effectType: string): number {
    return this.#options.maxInterruptions ?? 5;
  }
}

function assertTimes(options: EffectPolicyOptions): void {
  const { baseMs = 0, maxMs = 0, jitter = 0, timeoutMs = 1, maxInterruptions = 0 } = options;
  const faults = [
    [baseMs >= 0, "baseMs: give milliseconds from 0"],
    [maxMs >= 0, "maxMs: give milliseconds from 0"],
    [jitter >= 0 && jitter <= 1, "jitter: give a share from 0 to 1"],
    [timeoutMs > 0, "timeoutMs: give milliseconds over 0"],
    [
      Number.isInteger(maxInterruptions) && maxInterruptions >= 0,
      "maxInterruptions: give an integer from 0",
    ],
  ] as const;
  const fault = faults.find(([isFine]) => !isFine);
  if (fault !== undefined) throw new AbstractRuntimeError("invalid_argument", fault[1]);
}

/** 0.2.0's defaults for agents: three attempts for `llm_call`, two for `tool_calls`, one for the rest. */
export class RetryPolicy extends DefaultEffectPolicy {
  constructor(options: EffectPolicyOptions = {}) {
    const attempts = { llm_call: 3, tool_calls: 2, ...options.attempts };
    super({ maxMs: 30_000, ...options, attempts });
  }
}

/** One attempt for everything. */
export class NoRetryPolicy extends DefaultEffectPolicy {}

/** Exponential delay in milliseconds, bounded, with a random share. */
export function backoff(
  options: { readonly baseMs?: number; readonly maxMs?: number; readonly jitter?: number },
  failures: number,
  random: () => number,
): number {
  const { baseMs = 1_000, maxMs = 60_000, jitter = 0 } = options;
  const full = Math.min(baseMs * 2 ** Math.min(failures - 1, 60), maxMs);
  return jitter === 0 ? full : full * (1 - jitter) + full * jitter * random();
}
