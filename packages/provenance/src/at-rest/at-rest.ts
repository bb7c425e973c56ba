import {
  deepFreeze,
  follow,
  mapMessage,
  mapRecord,
  type Abortable,
  type AddressedMessage,
  type LedgerRecord,
  type Message,
  type NewRun,
  type RunState,
} from "@abstractruntime/core/store";
import type { Form, FormWriter } from "./form.ts";
import { placeInMessage, placeInRecord } from "./place.ts";

export interface RecordsAtRest {
  readonly records: readonly LedgerRecord[];
  /** Their fold. */
  readonly run: RunState;
}

/** Turns what is to be written into its form at rest. What is kept apart is stored before this returns. */
export class AtRest {
  readonly #form: Form;

  constructor(form: Form) {
    this.#form = form;
  }

  /** @param before the run at rest that the records follow; without one they are a ledger's first */
  async records(
    before: RunState | undefined,
    given: readonly LedgerRecord[],
    options: Abortable,
  ): Promise<RecordsAtRest> {
    const writers = new Map<string, FormWriter>();
    const records: LedgerRecord[] = [];
    let run = before;
    for (const record of given) {
      const writer = await this.#writerFor(record, given, writers, options);
      const place = placeInRecord(record, run);
      const atRest = mapRecord(record, (value, path) => writer.write(value, path, place));
      records.push(deepFreeze(atRest));
      run = follow(run, atRest);
    }
    if (run === undefined) throw new TypeError("no records: give at least one");
    for (const writer of writers.values()) await writer.settle(options);
    return { records, run };
  }

  /** @param before the run at rest that a fork's records follow */
  async newRun(given: NewRun, before: RunState | undefined, options: Abortable): Promise<NewRun> {
    // What comes from elsewhere comes as it was at rest there.
    const { records, run } =
      given.texts === undefined ? await this.records(before, given.records, options) : given;
    const children = await this.newRuns(given.children, options);
    const messages = await this.messages(given.messages, options);
    return { ...given, records, run, children, messages };
  }

  async newRuns(given: readonly NewRun[], options: Abortable): Promise<readonly NewRun[]> {
    const children: NewRun[] = [];
    for (const child of given) children.push(await this.newRun(child, undefined, options));
    return children;
  }

  async messages(
    given: readonly AddressedMessage[],
    options: Abortable,
  ): Promise<readonly AddressedMessage[]> {
    const messages: AddressedMessage[] = [];
    for (const { runId, message } of given) {
      const { atRest, writer } = await this.message(runId, message, options);
      await writer.settle(options);
      messages.push({ runId, message: atRest });
    }
    return messages;
  }

  /** A message whose writer the caller settles. @param runId null for an event that no run has yet. */
  async message<Kind extends Message>(
    runId: string | null,
    message: Kind,
    options: Abortable,
  ): Promise<{ readonly atRest: Kind; readonly writer: FormWriter }> {
    const written = { commitId: null, given: message };
    const writer = await this.#form.writer(runId, written, options);
    const place = placeInMessage(runId, message);
    const atRest = mapMessage(message, (value, path) => writer.write(value, path, place));
    return { atRest: deepFreeze(atRest), writer };
  }

  /** Records keep the run's id under which they were written first, and so its key. */
  async #writerFor(
    { runId, commitId }: LedgerRecord,
    given: readonly LedgerRecord[],
    writers: Map<string, FormWriter>,
    options: Abortable,
  ): Promise<FormWriter> {
    const known = writers.get(runId);
    if (known !== undefined) return known;
    const writer = await this.#form.writer(runId, { commitId, given }, options);
    writers.set(runId, writer);
    return writer;
  }
}
