import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { DriveStart } from "../drive/drive-start.ts";
import { RunDriver } from "../drive/run-driver.ts";
import type { Kernel } from "../drive/kernel.ts";
import type { Lease } from "../ports/durable-store.ts";
import type { Clock } from "../ports/clock.ts";
import type { Logger } from "../ports/logger.ts";
import type { RunState } from "../run/run-state.ts";

/** A driver at work, and its end. */
interface Active {
  readonly driver: RunDriver;
  readonly end: Promise<unknown>;
}

/** The drivers of one runtime that are at work, and its work in the background. */
export class Drivers {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #leaseMs: number;
  /** By run: for a moment there may be several, until the store has said which of them has it. */
  readonly #active = new Map<string, Set<Active>>();
  readonly #background = new Set<Promise<void>>();
  readonly #driving = new Set<Promise<unknown>>();
  #isClosed = false;
  #closing: Promise<void> | null = null;

  constructor(deps: { readonly clock: Clock; readonly logger: Logger; readonly leaseMs: number }) {
    this.#clock = deps.clock;
    this.#logger = deps.logger;
    this.#leaseMs = deps.leaseMs;
  }

  /** @throws runtime_closed */
  assertOpen(): void {
    if (this.#isClosed)
      throw new AbstractRuntimeError("runtime_closed", "this runtime was closed: make a new one");
  }

  /** Whether this process drives a run, or tries to. */
  isDriving(runId: string): boolean {
    return this.#active.has(runId);
  }

  /** A message came to a run that this process drives. If it stops an effect, the run was let go on return. */
  async tell(runId: string): Promise<void> {
    for (const { driver, end } of this.#active.get(runId) ?? [])
      if (await driver.lookAtInbox()) await end;
  }

  /**
   * A driver that stops when this runtime is closed. One that holds its run already, because it was claimed while the
   * runtime closed, only lets it go.
   *
   * @throws runtime_closed
   */
  make(kernel: Kernel, start: DriveStart): RunDriver {
    if (!start.held) this.assertOpen();
    const driver = new RunDriver(kernel, start);
    if (this.#isClosed) driver.stop("abort", "the runtime is closing");
    return driver;
  }

  /** Let `close` wait for a claim, so that what it takes is let go before the store closes. */
  async claiming<Claimed>(work: Promise<Claimed>): Promise<Claimed> {
    const settled = work.catch(() => undefined);
    this.#driving.add(settled);
    try {
      return await work;
    } finally {
      this.#driving.delete(settled);
    }
  }

  /**
   * @param drain when aborted, the driver lets the effect under way end, and begins nothing more
   * @throws the signal's reason, after the run was let go
   */
  async drive(driver: RunDriver, signal?: AbortSignal, drain?: AbortSignal): Promise<RunState> {
    const stop = (): void => driver.stop("abort", "the caller gave up", signal?.reason);
    const windDown = (): void => driver.windDown();
    signal?.addEventListener("abort", stop, { once: true });
    drain?.addEventListener("abort", windDown, { once: true });
    if (signal?.aborted) stop();
    if (drain?.aborted) windDown();
    const work = driver.drive();
    const settled = work.catch(() => undefined);
    const active = { driver, end: settled };
    this.#enter(active);
    this.#driving.add(settled);
    try {
      const run = await work;
      signal?.throwIfAborted();
      return run;
    } finally {
      signal?.removeEventListener("abort", stop);
      drain?.removeEventListener("abort", windDown);
      this.#leave(active);
      this.#driving.delete(settled);
    }
  }

  /** Do something that only `close` waits for. */
  inBackground(what: string, work: () => Promise<void>): void {
    const task: Promise<void> = work()
      .catch((error: unknown) =>
        this.#logger.warn("background.failed", { what, error: String(error) }),
      )
      .finally(() => this.#background.delete(task));
    this.#background.add(task);
  }

  /**
   * Stop all drivers and wait until every run is let go: for the length of a lease at the most, since a node handler that
   * hangs can't be stopped. Its run's lease is not renewed any more.
   */
  close(): Promise<void> {
    this.#isClosed = true;
    this.#closing ??= this.#stopAll();
    return this.#closing;
  }

  async #stopAll(): Promise<void> {
    for (const { driver } of this.#all()) driver.stop("abort", "the runtime is closing");
    if (this.#isIdle()) return;
    const patience = new AbortController();
    const isOver = this.#clock.sleep(this.#leaseMs, { signal: patience.signal }).then(
      () => true,
      () => false,
    );
    while (!this.#isIdle()) {
      const ends = Promise.all([...this.#driving, ...this.#background]).then(() => false);
      if (await Promise.race([ends, isOver])) {
        const runIds = this.#all().map(({ driver }) => driver.runId);
        this.#logger.warn("runtime.closed_over_work", { runIds });
        return;
      }
    }
    patience.abort();
  }

  #isIdle(): boolean {
    return this.#driving.size === 0 && this.#background.size === 0;
  }

  #all(): readonly Active[] {
    return [...this.#active.values()].flatMap((ofRun) => [...ofRun]);
  }

  #enter(active: Active): void {
    const { runId } = active.driver;
    const ofRun = this.#active.get(runId);
    if (ofRun === undefined) this.#active.set(runId, new Set([active]));
    else ofRun.add(active);
  }

  #leave(active: Active): void {
    const { runId } = active.driver;
    const ofRun = this.#active.get(runId);
    ofRun?.delete(active);
    if (ofRun?.size === 0) this.#active.delete(runId);
  }
}

/** A new lease for this runtime. */
export function newLease(kernel: Kernel): Lease {
  return { leaseId: kernel.ids.token(), owner: kernel.owner, leaseMs: kernel.leaseMs };
}
