import type { Abortable, JsonValue } from "@abstractruntime/core/store";
import type { WritablePlace } from "./place.ts";
import type { OpenText } from "./open-values.ts";

export interface ReadOptions extends Abortable {
  /** Whether an erased value is an error (`payload_erased`) instead of a text that says so. */
  readonly refusesErased?: boolean;
}

/** Gives values of one run, in one write, their form at rest. */
export interface FormWriter {
  /** Objects stay objects, lists lists, texts texts, and null null, so that paths and patches fit at rest as they did. */
  write(value: JsonValue, path: string, place: WritablePlace): JsonValue;
  /** Whether `settle` has something to store. */
  readonly hasContent: boolean;
  /** Store what is kept apart, before anything that refers to it. */
  settle(options: Abortable): Promise<void>;
}

/** What a writer is for. */
export interface Written {
  /** Of records: their commit, which may be sent again. */
  readonly commitId: string | null;
  /** The records or the message, as they were given. */
  readonly given: unknown;
}

/** A form in which values stand at rest. The same write, prepared again, must come out the same to the byte. */
export interface Form {
  /** Its name among `capabilities.seals`; null: what is read is what stands at rest. */
  readonly seal: string | null;

  /** @param runId whose values; null: nobody's yet. */
  writer(
    runId: string | null,
    written: Written,
    options: Abortable,
  ): Promise<FormWriter> | FormWriter;

  /** Give values back. @param walk opens each text of what is read and makes a new one; it may be called again. */
  read<Item>(walk: (open: OpenText) => Item, options: ReadOptions): Promise<Item>;

  /** What records that a fork copies refer to becomes the fork's, too. */
  copied(texts: Iterable<string>, runId: string, options: Abortable): Promise<void>;

  /** A run was purged. @returns how many artifacts went with it. */
  released(runId: string): Promise<number>;
}
