interface Waiting {
  readonly go: () => void;
}

/** Lets one waiting call go at a time, chosen by chance: the order of everything that several processes do. */
export class Turns {
  readonly #random: () => number;
  readonly #waiting: Waiting[] = [];

  constructor(random: () => number) {
    this.#random = random;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** Resolves when it is the caller's turn. */
  take(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push({ go: resolve }));
  }

  /** Let one go. @returns whether anybody waited. */
  next(): boolean {
    const index = Math.floor(this.#random() * this.#waiting.length);
    const [chosen] = this.#waiting.splice(index, 1);
    chosen?.go();
    return chosen !== undefined;
  }
}
