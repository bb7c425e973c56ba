import type { JsonValue } from "@abstractruntime/core/store";
import type { Form, FormWriter } from "../at-rest/form.ts";
import { mapLeaves, type Leaf } from "../at-rest/map-leaves.ts";
import type { OpenText } from "../at-rest/open-values.ts";
import type { WritablePlace } from "../at-rest/place.ts";
import { isPlain } from "../at-rest/plain-places.ts";
import { redactedText, type Secrets } from "./secrets.ts";

/** Texts without secrets. What is redacted is so for everyone, for good. */
export class RedactedForm implements Form {
  readonly seal = null;
  readonly #writer: FormWriter;

  constructor(secrets: Secrets) {
    this.#writer = new RedactingWriter(secrets);
  }

  writer(): FormWriter {
    return this.#writer;
  }

  async read<Item>(walk: (open: OpenText) => Item): Promise<Item> {
    return walk((text) => text);
  }

  async copied(): Promise<void> {}

  async released(): Promise<number> {
    return 0;
  }
}

class RedactingWriter implements FormWriter {
  readonly hasContent = false;
  readonly #secrets: Secrets;

  constructor(secrets: Secrets) {
    this.#secrets = secrets;
  }

  write(value: JsonValue, path: string, place: WritablePlace): JsonValue {
    const goesToSecret =
      path.startsWith("result") && (place.resultKey?.split(".").some(this.#isKey) ?? false);
    return mapLeaves(value, path, (leaf, at) => {
      if (isPlain(at, place)) return leaf;
      return goesToSecret || at.split("/").some(this.#isKey) ? hidden(leaf) : this.#clean(leaf, at);
    });
  }

  async settle(): Promise<void> {}

  readonly #isKey = (key: string): boolean => this.#secrets.isKey(key);

  #clean(leaf: Leaf, path: string): Leaf {
    return typeof leaf === "string" ? this.#secrets.without(leaf, path) : leaf;
  }
}

/** That something is there or not is no secret. */
function hidden(leaf: Leaf): Leaf {
  return typeof leaf === "boolean" ? leaf : redactedText;
}
