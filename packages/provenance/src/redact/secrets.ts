import { AbstractRuntimeError } from "@abstractruntime/core/store";

/**
 * What is a secret: the name of a key (case, `-`, `_` and spaces do not count), whose texts and numbers are secrets however
 * deep they stand; a pattern, for the parts of texts that match it; or a function that gives a text without its secrets. A
 * function must be pure, and leave what it gave as it is. `path` is a JSON Pointer without the first slash, such as
 * `effect/payload/headers/cookie` or `changes/0/context/messages/-`.
 */
export type Secret = string | RegExp | ((text: string, path: string) => string);

/** What stands in place of a secret. */
export const redactedText: string = "[redacted]";

/** Finds secrets. */
export class Secrets {
  readonly #keys = new Set<string>();
  readonly #replacers: ((text: string, path: string) => string)[] = [];

  /** @throws invalid_argument one of them is none */
  constructor(secrets: readonly Secret[]) {
    for (const secret of secrets) {
      if (typeof secret === "string" && plainKey(secret) !== "") this.#keys.add(plainKey(secret));
      else if (secret instanceof RegExp) this.#replacers.push(replacerOf(secret));
      else if (typeof secret === "function") this.#replacers.push(secret);
      else throw invalid("each is the name of a key, a pattern or a function");
    }
  }

  /** Whether this is the name of a secret. */
  isKey(key: string): boolean {
    return this.#keys.has(plainKey(key));
  }

  /** A text without the secrets in it. @throws invalid_argument a function gave something else than a text */
  without(text: string, path: string): string {
    let clean = text;
    for (const replace of this.#replacers) {
      clean = replace(clean, path);
      if (typeof clean !== "string") throw invalid("a function gave something else than a text");
    }
    return clean;
  }
}

function replacerOf({ source, flags }: RegExp): (text: string) => string {
  const pattern = new RegExp(source, `${flags.replace(/[gy]/g, "")}g`);
  return (text) => text.replace(pattern, redactedText);
}

function plainKey(key: string): string {
  return key.toLowerCase().replaceAll(/[-_\s]/g, "");
}

function invalid(what: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_argument", `secrets: ${what}`);
}
