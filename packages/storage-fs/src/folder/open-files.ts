/** A file that may be kept open between uses. */
export interface Closable {
  /** Whether it is being written now, so that it must stay open. */
  readonly busy: boolean;
  close(): Promise<void>;
}

/** The files that are kept open, at most so many: the one that was used longest ago is closed first. */
export class OpenFiles {
  readonly #limit: number;
  readonly #files = new Set<Closable>();

  constructor(limit = 256) {
    this.#limit = limit;
  }

  /** This file was opened, or is used again. */
  use(file: Closable): void {
    this.#files.delete(file);
    this.#files.add(file);
  }

  forget(file: Closable): void {
    this.#files.delete(file);
  }

  /** Close what is over the limit and not in use. */
  async trim(): Promise<void> {
    if (this.#files.size <= this.#limit) return;
    const idle = [...this.#files].filter((file) => !file.busy);
    await Promise.all(idle.slice(0, this.#files.size - this.#limit).map((file) => file.close()));
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#files].map((file) => file.close()));
  }
}
