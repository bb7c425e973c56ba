import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { RunDriver, type DriveStart } from "../drive/run-driver.ts";
import type { Kernel } from "../drive/kernel.ts";
import type { Lease } from "../ports/durable-store.ts";
import type { Logger } from "../ports/logger.ts";
import type { RunState } from "../run/run-state.ts";

/** The drivers of one runtime that are at work, and its work in the background. */
export class Drivers {
  readonly #logger: Logger;
  /** Drivers by run, each with its end. */
  readonly #active = new Map<
    string,
    { readonly driver: RunDriver; readonly end: Promise<unknown> }
  >();
  readonly #background = new Set<Promise<void>>();
  readonly #driving = new Set<Promise<unknown>>();
  #isClosed = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** @throws runtime_closed */
  assertOpen(): void {
    if (this.#isClosed)
      throw new AbstractRuntimeError("runtime_closed", "this runtime was closed: make a new one");
  }

  /** The driver that holds a run in this process. */
  get(runId: string): RunDriver | undefined {
    return this.#active.get(runId)?.driver;
  }

  /** A message came to a run that this process drives. If it stops an effect, the run was let go on return. */
  async tell(runId: string): Promise<void> {
    const active = this.#active.get(runId);
    if (active !== undefined && (await active.driver.lookAtInbox())) await active.end;
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

  /** @throws the signal's reason, after the run was let go */
  async drive(driver: RunDriver, signal?: AbortSignal): Promise<RunState> {
    const stop = (): void => driver.stop("abort", "the caller gave up", signal?.reason);
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted) stop();
    const work = driver.drive();
    const settled = work.catch(() => undefined);
    const active = { driver, end: settled };
    this.#active.set(driver.runId, active);
    this.#driving.add(settled);
    try {
      const run = await work;
      signal?.throwIfAborted();
      return run;
    } finally {
      signal?.removeEventListener("abort", stop);
      if (this.#active.get(driver.runId) === active) this.#active.delete(driver.runId);
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

  /** Stop all drivers and wait until every run is let go. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { driver } of this.#active.values()) driver.stop("abort", "the runtime is closing");
    while (this.#driving.size > 0 || this.#background.size > 0) {
      await Promise.all([...this.#driving, ...this.#background]);
    }
  }
}

/** A new lease for this runtime. */
export function newLease(kernel: Kernel): Lease {
  return { leaseId: kernel.ids.token(), owner: kernel.owner, leaseMs: kernel.leaseMs };
}
