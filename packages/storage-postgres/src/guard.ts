import { AbstractRuntimeError, type Abortable } from "@abstractruntime/core/store";

/** Lets calls in until it is closed, and closing wait for those that are in. */
export class Guard {
  readonly #what: string;
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #closeBelow: () => Promise<void>;
  #closing: Promise<void> | null = null;

  /** @param what names the store in the error: `this store`. */
  constructor(what: string, closeBelow: () => Promise<void>) {
    this.#what = what;
    this.#closeBelow = closeBelow;
  }

  /** @throws store_closed, or what the signal was aborted with */
  enter({ signal }: Abortable = {}): void {
    if (this.#closing !== null)
      throw new AbstractRuntimeError("store_closed", `${this.#what} was closed: open it again`);
    signal?.throwIfAborted();
  }

  /** Do work that closing waits for. @throws as `enter`, and what `work` throws */
  async do<Result>(options: Abortable | undefined, work: () => Promise<Result>): Promise<Result> {
    this.enter(options);
    const done = work();
    this.#underWay.add(done);
    try {
      return await done;
    } finally {
      this.#underWay.delete(done);
    }
  }

  close(): Promise<void> {
    this.#closing ??= Promise.allSettled(this.#underWay).then(this.#closeBelow);
    return this.#closing;
  }
}
