import { deepFreeze } from "../../json/deep-freeze.ts";
import type { Message } from "../../inbox/message.ts";
import type { LedgerRecord } from "../../ledger/ledger-record.ts";
import type { Abortable } from "../../ports/abortable.ts";
import type { ArtifactStore } from "../../ports/artifact-store.ts";
import type { AddressedMessage, NewRun } from "../../ports/durable-store.ts";
import { follow } from "../../run/fold-run.ts";
import type { RunState } from "../../run/run-state.ts";
import { fetchContent } from "./grow.ts";
import { mapMessage, mapRecord, patchOf, withPatch } from "../map-values.ts";
import { type Pieces, shrink } from "./shrink.ts";
import { thaw } from "./thaw.ts";

export interface RecordsAtRest {
  readonly records: readonly LedgerRecord[];
  /** Their fold. */
  readonly run: RunState;
}

/** Turns what is to be written into its form at rest. What is large is in the artifact store before this returns. */
export class AtRest {
  readonly #artifacts: ArtifactStore;
  readonly #thresholdBytes: number;

  constructor(artifacts: ArtifactStore, thresholdBytes: number) {
    this.#artifacts = artifacts;
    this.#thresholdBytes = thresholdBytes;
  }

  /** Records that follow a run at rest; without one they are a ledger's first. */
  async records(
    before: RunState | undefined,
    given: readonly LedgerRecord[],
    options: Abortable,
  ): Promise<RecordsAtRest> {
    const pieces: Pieces = new Map();
    const records: LedgerRecord[] = [];
    let run = before;
    for (const record of given) {
      const shrunk = mapRecord(record, (value) => shrink(value, this.#thresholdBytes, pieces));
      const fitting = run === undefined ? shrunk : await this.#fit(run, shrunk, pieces, options);
      records.push(deepFreeze(fitting));
      run = follow(run, fitting);
    }
    if (given.length === 0 || run === undefined)
      throw new TypeError("no records: give at least one");
    await this.put(pieces, run.runId, options);
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
      const pieces: Pieces = new Map();
      messages.push({ runId, message: this.message(message, pieces) });
      await this.put(pieces, runId, options);
    }
    return messages;
  }

  /** A message whose pieces the caller puts. */
  message<Kind extends Message>(message: Kind, pieces: Pieces): Kind {
    return mapMessage(message, (value) => shrink(value, this.#thresholdBytes, pieces));
  }

  /** Put pieces into the artifact store, as the run's own. */
  async put(pieces: Pieces, runId: string, options: Abortable): Promise<void> {
    for (const content of pieces.values())
      await this.#artifacts.put(content, { contentType: "application/json", runId }, options);
  }

  async #fit(
    run: RunState,
    record: LedgerRecord,
    pieces: Pieces,
    options: Abortable,
  ): Promise<LedgerRecord> {
    const patch = patchOf(record);
    if (patch.length === 0) return record;
    const fitting = await thaw(run.vars, patch, async (id) => {
      const own = pieces.get(id);
      if (own === undefined) return fetchContent(id, this.#artifacts, options);
      return JSON.parse(new TextDecoder().decode(own));
    });
    return fitting === patch ? record : withPatch(record, fitting);
  }
}
