import {
  type Clock,
  isAbstractRuntimeError,
  type Logger,
  silentLogger,
  systemClock,
} from "@abstractruntime/core/store";
import type { SealedHead } from "../sign/seal.ts";
import type { Witness } from "./witness.ts";

export interface FeedOptions {
  readonly witness: Witness;
  /** Heads that wait for the witness, at most; 10,000 by default. The oldest go first when there are more. */
  readonly maxQueued?: number | undefined;
  readonly clock?: Pick<Clock, "now" | "schedule"> | undefined;
  /** Told when the witness fails and when heads are dropped. Silent by default. */
  readonly logger?: Logger | undefined;
}

/** How far a witness is behind. */
export interface WitnessLag {
  /** Heads that wait to be handed out. */
  readonly heads: number;
  /** How long the oldest of them has waited, in milliseconds; 0 when none waits. */
  readonly ms: number;
  /** Heads that were dropped because too many waited. They are in the ledgers: `catchUp` hands them out. */
  readonly dropped: number;
}

const [firstDelayMs, longestDelayMs] = [1_000, 60_000];

/** Hands heads to a witness, in order, one at a time, and tries again while it fails. Nobody has to wait for it. */
export class HeadFeed {
  readonly #witness: Witness;
  readonly #maxQueued: number;
  readonly #clock: Pick<Clock, "now" | "schedule">;
  readonly #logger: Logger;
  readonly #queue: { readonly head: SealedHead; readonly since: number }[] = [];
  readonly #stop = new AbortController();
  #dropped = 0;
  #delayMs = firstDelayMs;
  #working: Promise<void> | null = null;
  #cancelRetry: (() => void) | null = null;

  constructor(options: FeedOptions) {
    const { witness, maxQueued = 10_000, clock = systemClock, logger = silentLogger } = options;
    this.#witness = witness;
    this.#maxQueued = maxQueued;
    this.#clock = clock;
    this.#logger = logger;
  }

  get lag(): WitnessLag {
    const [oldest] = this.#queue;
    const ms = oldest === undefined ? 0 : Math.max(0, this.#clock.now() - oldest.since);
    return { heads: this.#queue.length, ms, dropped: this.#dropped };
  }

  /** Hand out a head as soon as the witness takes it. */
  offer(head: SealedHead): void {
    this.#queue.push({ head, since: this.#clock.now() });
    if (this.#queue.length > this.#maxQueued) this.#drop();
    // While the witness fails, the retry decides when to ask it again.
    if (this.#cancelRetry === null) void this.#start().catch(() => undefined);
  }

  /** Resolves once everything that was offered is kept. @throws what the witness throws; the heads stay in line */
  async flush(): Promise<void> {
    while (this.#queue.length > 0) await this.#start();
  }

  /** Ends handing out. What is still in line is in the ledgers. */
  async close(): Promise<void> {
    this.#stop.abort();
    this.#cancelRetry?.();
    await this.#working?.catch(() => undefined);
  }

  #start(): Promise<void> {
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    this.#working ??= this.#work().finally(() => (this.#working = null));
    return this.#working;
  }

  async #work(): Promise<void> {
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      this.#stop.signal.throwIfAborted();
      try {
        await this.#witness.submit(next.head, { signal: this.#stop.signal });
      } catch (error) {
        this.#tryLater(error);
        throw error;
      }
      this.#delayMs = firstDelayMs;
      // While it was on its way it may have been dropped.
      if (this.#queue[0] === next) this.#queue.shift();
    }
  }

  #tryLater(error: unknown): void {
    if (this.#stop.signal.aborted) return;
    const code = isAbstractRuntimeError(error) ? error.code : "unknown";
    this.#logger.warn("witness.failed", { code, ...this.lag, retryMs: this.#delayMs });
    this.#cancelRetry = this.#clock.schedule(this.#delayMs, () => {
      this.#cancelRetry = null;
      void this.#start().catch(() => undefined);
    });
    this.#delayMs = Math.min(this.#delayMs * 2, longestDelayMs);
  }

  #drop(): void {
    this.#queue.shift();
    this.#dropped += 1;
    if (this.#dropped === 1) this.#logger.error("witness.heads_dropped", { ...this.lag });
  }
}
