/**
 * How texts that stand for something are told from the user's: they begin with `$`, a name and `:`. A text of the user's
 * that looks like one gets one more `$` in front, so that nothing is ambiguous.
 */
export class Marker {
  readonly #prefix: string;
  readonly #looksAlike: RegExp;

  /** @param name letters */
  constructor(name: string) {
    this.#prefix = `$${name}:`;
    this.#looksAlike = new RegExp(`^\\$+${name}:`);
  }

  /** The text that stands for something. */
  of(body: string): string {
    return this.#prefix + body;
  }

  /** What follows the marker's name, or `undefined` for a text of the user's. */
  bodyOf(text: string): string | undefined {
    return text.startsWith(this.#prefix) ? text.slice(this.#prefix.length) : undefined;
  }

  /** A text of the user's, as it stands at rest. */
  escape(text: string): string {
    return this.#looksAlike.test(text) ? `$${text}` : text;
  }

  /** A text of the user's, from what stands at rest. */
  unescape(text: string): string {
    return text.startsWith("$$") && this.#looksAlike.test(text) ? text.slice(1) : text;
  }
}

/** What a reader gets in place of a value that was erased. */
const erased = new Marker("erased");

/** @param what was erased, as far as the ledger says it */
export function erasedText(what: string): string {
  return erased.of(what);
}

/** Whether this is the text that stands for an erased value. */
export function isErasedPayload(value: unknown): boolean {
  return typeof value === "string" && erased.bodyOf(value) !== undefined;
}
