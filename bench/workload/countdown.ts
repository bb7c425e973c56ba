/** Resolves once something has happened so many times. */
export class Countdown {
  readonly #end = Promise.withResolvers<void>();
  #left: number;

  constructor(times: number) {
    this.#left = times;
  }

  get done(): Promise<void> {
    return this.#end.promise;
  }

  count(): void {
    this.#left -= 1;
    if (this.#left === 0) this.#end.resolve();
  }
}
