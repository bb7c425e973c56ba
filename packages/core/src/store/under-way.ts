import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";

/** Writes that take more than one call of a store below, so that `close` can wait for them. */
export class UnderWay {
  readonly #writes = new Set<Promise<unknown>>();
  readonly #what: string;
  #closed: Promise<void> | undefined;

  /** @param what names the store in the error: `this store`. */
  constructor(what: string) {
    this.#what = what;
  }

  /** Do a write that `close` waits for. @throws store_closed */
  async write<Result>(body: () => Promise<Result>): Promise<Result> {
    if (this.#closed !== undefined)
      throw new AbstractRuntimeError("store_closed", `${this.#what} was closed: open it again`);
    const write = body();
    this.#writes.add(write);
    try {
      return await write;
    } finally {
      this.#writes.delete(write);
    }
  }

  /** Take no more writes, wait for those under way, then close what is below. The same promise each time. */
  close(closeBelow: () => Promise<void>): Promise<void> {
    this.#closed ??= Promise.allSettled(this.#writes).then(closeBelow);
    return this.#closed;
  }
}
