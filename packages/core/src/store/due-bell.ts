/** Tells listeners that a run may be due: what a store in this process needs for `DurableStore.onDue`. */
export class DueBell {
  readonly #listeners = new Set<() => void>();

  /** @returns how to stop listening */
  add(listener: () => void): () => void {
    const entry = (): void => listener();
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  ring(): void {
    for (const listener of this.#listeners) listener();
  }
}
