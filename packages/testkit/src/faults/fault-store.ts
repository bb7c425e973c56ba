import {
  AbstractRuntimeError,
  formatInstant,
  systemClock,
  type Abortable,
  type Clock,
  type DurableStore,
  type StoreCapabilities,
} from "@abstractruntime/core/store";
import type { Fault, FaultPlan, StoreCall, StoreMethod } from "./fault.ts";

/** A fault that happened. */
export interface StoreFault extends StoreCall {
  readonly fault: Fault;
}

export interface FaultStoreOptions {
  /** Times delays and partitions; the machine's by default. */
  readonly clock?: Clock;
  /** What goes wrong, beside what `inject` and `partition` ask for. */
  readonly plan?: FaultPlan;
}

/**
 * A store whose calls fail when a test says so, in front of a store that works. Every failure is `store_unavailable`,
 * so its caller can't tell whether a write happened: just as with a real backend.
 *
 * Give each driver a `FaultStore` of its own over one store, and `partition` cuts off one of them.
 */
export class FaultStore implements DurableStore {
  readonly #store: DurableStore;
  readonly #clock: Clock;
  readonly #plan: FaultPlan;
  readonly #injected = new Map<StoreMethod, Fault[]>();
  readonly #counts = new Map<StoreMethod, number>();
  readonly #happened: StoreFault[] = [];
  readonly #death = Promise.withResolvers<void>();
  #crashed = false;
  #cutOffUntil = -Infinity;

  constructor(store: DurableStore, options: FaultStoreOptions = {}) {
    this.#store = store;
    this.#clock = options.clock ?? systemClock;
    this.#plan = options.plan ?? (() => undefined);
  }

  get capabilities(): StoreCapabilities {
    return this.#store.capabilities;
  }

  /** The faults that happened so far, in order. */
  get faults(): readonly StoreFault[] {
    return this.#happened;
  }

  /** Whether the caller's process died in a call. */
  get crashed(): boolean {
    return this.#crashed;
  }

  /** Resolves when the caller's process dies in a call: what it had under way will never end. */
  get whenCrashed(): Promise<void> {
    return this.#death.promise;
  }

  /** Let the next `times` calls of a method go wrong. Injected faults come one after another, before the plan's. */
  inject(method: StoreMethod, fault: Fault, times = 1): void {
    const queue = this.#injected.get(method) ?? [];
    this.#injected.set(method, [...queue, ...Array<Fault>(times).fill(fault)]);
  }

  /** Cut the caller off for `ms` milliseconds: every call fails, and nothing is done. For ever by default. */
  partition(ms: number = Infinity): void {
    this.#cutOffUntil = this.#clock.now() + ms;
  }

  /** End a partition now. */
  heal(): void {
    this.#cutOffUntil = -Infinity;
  }

  create(...args: Parameters<DurableStore["create"]>): ReturnType<DurableStore["create"]> {
    return this.#call("create", args[1], () => this.#store.create(...args));
  }

  commit(...args: Parameters<DurableStore["commit"]>): ReturnType<DurableStore["commit"]> {
    return this.#call("commit", args[1], () => this.#store.commit(...args));
  }

  load(...args: Parameters<DurableStore["load"]>): ReturnType<DurableStore["load"]> {
    return this.#call("load", args[1], () => this.#store.load(...args));
  }

  list(...args: Parameters<DurableStore["list"]>): ReturnType<DurableStore["list"]> {
    return this.#call("list", args[1], () => this.#store.list(...args));
  }

  listChildren(
    ...args: Parameters<DurableStore["listChildren"]>
  ): ReturnType<DurableStore["listChildren"]> {
    return this.#call("listChildren", args[2], () => this.#store.listChildren(...args));
  }

  records(...args: Parameters<DurableStore["records"]>): ReturnType<DurableStore["records"]> {
    return this.#call("records", args[2], () => this.#store.records(...args));
  }

  recordTexts(
    ...args: Parameters<DurableStore["recordTexts"]>
  ): ReturnType<DurableStore["recordTexts"]> {
    return this.#call("recordTexts", args[2], () => this.#store.recordTexts(...args));
  }

  claimDue(...args: Parameters<DurableStore["claimDue"]>): ReturnType<DurableStore["claimDue"]> {
    return this.#call("claimDue", args[1], () => this.#store.claimDue(...args));
  }

  onDue(listener: () => void): () => void {
    return this.#store.onDue(listener);
  }

  renew(...args: Parameters<DurableStore["renew"]>): ReturnType<DurableStore["renew"]> {
    return this.#call("renew", args[2], () => this.#store.renew(...args));
  }

  giveBack(...args: Parameters<DurableStore["giveBack"]>): ReturnType<DurableStore["giveBack"]> {
    return this.#call("giveBack", args[1], () => this.#store.giveBack(...args));
  }

  deliver(...args: Parameters<DurableStore["deliver"]>): ReturnType<DurableStore["deliver"]> {
    return this.#call("deliver", args[2], () => this.#store.deliver(...args));
  }

  readInbox(...args: Parameters<DurableStore["readInbox"]>): ReturnType<DurableStore["readInbox"]> {
    return this.#call("readInbox", args[2], () => this.#store.readInbox(...args));
  }

  publish(...args: Parameters<DurableStore["publish"]>): ReturnType<DurableStore["publish"]> {
    return this.#call("publish", args[1], () => this.#store.publish(...args));
  }

  takeKept(...args: Parameters<DurableStore["takeKept"]>): ReturnType<DurableStore["takeKept"]> {
    return this.#call("takeKept", args[2], () => this.#store.takeKept(...args));
  }

  purge(...args: Parameters<DurableStore["purge"]>): ReturnType<DurableStore["purge"]> {
    return this.#call("purge", args[1], () => this.#store.purge(...args));
  }

  /** Close the store behind; this never fails. */
  close(): Promise<void> {
    return this.#store.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #call<Result>(
    method: StoreMethod,
    options: Abortable | undefined,
    work: () => Promise<Result>,
  ): Promise<Result> {
    options?.signal?.throwIfAborted();
    if (this.crashed) return never();
    const call = { method, count: (this.#counts.get(method) ?? 0) + 1 };
    this.#counts.set(method, call.count);
    if (this.#clock.now() < this.#cutOffUntil) throw unavailable(call, this.#cutOffText());
    const fault = this.#injected.get(method)?.shift() ?? this.#plan(call);
    if (fault === undefined) return work();
    this.#happened.push({ ...call, fault });
    if (fault.kind === "delay") {
      await this.#clock.sleep(fault.ms, options);
      return work();
    }
    const isDone = fault.kind === "fail_after" || fault.kind === "crash_after";
    if (isDone) await work();
    if (fault.kind === "crash_before" || fault.kind === "crash_after") return this.#crash();
    throw unavailable(call, isDone ? "it was done, and the answer is lost" : "nothing was done");
  }

  #crash(): Promise<never> {
    this.#crashed = true;
    this.#death.resolve();
    return never();
  }

  #cutOffText(): string {
    const until = Number.isFinite(this.#cutOffUntil)
      ? ` until ${formatInstant(this.#cutOffUntil)}`
      : "";
    return `cut off${until}`;
  }
}

function unavailable({ method, count }: StoreCall, what: string): AbstractRuntimeError {
  return new AbstractRuntimeError(
    "store_unavailable",
    `${method}, call ${count}: ${what} (injected fault)`,
    {
      details: { method, count },
    },
  );
}

function never(): Promise<never> {
  return new Promise(() => {});
}
