/** Takes turns: bodies under one key run one after the other, and one that must be alone runs beside no other at all. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();
  #lastAlone: Promise<unknown> = Promise.resolve();

  /** Run after what is under way for this key, and after whatever must be alone. */
  of<Result>(key: string, body: () => Promise<Result>): Promise<Result> {
    const turn = Promise.all([this.#lastAlone, this.#last.get(key)]).then(body);
    const settled = settle(turn);
    this.#last.set(key, settled);
    void settled.then(() => {
      if (this.#last.get(key) === settled) this.#last.delete(key);
    });
    return turn;
  }

  /** Run after all that is under way; what comes meanwhile waits. */
  alone<Result>(body: () => Promise<Result>): Promise<Result> {
    const turn = Promise.all([this.#lastAlone, ...this.#last.values()]).then(body);
    this.#lastAlone = settle(turn);
    return turn;
  }
}

/** A promise for the end of another, however it ends. */
function settle(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    () => undefined,
  );
}
