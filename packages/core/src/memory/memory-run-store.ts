import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { Abortable } from "../ports/abortable.ts";
import type { Change, Committed, NewRun, Purged, PurgeRequest } from "../ports/durable-store.ts";
import type { RunRow, RunStore, RunWrite } from "../ports/run-store.ts";
import { isEnded } from "../run/run-state.ts";
import { formatInstant } from "../time/instant.ts";
import { checkChange, checkWakeAts } from "./check-change.ts";
import { checkTexts } from "./check-texts.ts";
import { MemoryLedger } from "./memory-ledger.ts";
import { isHeld, messagesAfter, storedRun, type MemoryRun } from "./memory-run.ts";
import { MemoryRunTable } from "./memory-run-table.ts";
import { assertFound, assertUnchanged } from "./store-conflicts.ts";

const forgottenAfterMs = 30_000;

/** Heads and inboxes in this process's memory: the reference for other run stores. */
export class MemoryRunStore extends MemoryRunTable<RunRow> implements RunStore {
  /** By run id, then by commit id. */
  readonly #prepared = new Map<string, Map<string, RunWrite>>();

  async prepare(write: RunWrite, options?: Abortable): Promise<void> {
    this.enter(options);
    if (write.kind === "create") this.#prepareCreation(write.run);
    else this.#prepareChange(write.change);
  }

  async prepared(runId: string, options?: Abortable): Promise<readonly RunWrite[]> {
    this.enter(options);
    return [...(this.#prepared.get(runId)?.values() ?? [])];
  }

  async save(runId: string, commitId: string, options?: Abortable): Promise<Committed> {
    this.enter(options);
    const write = this.#prepared.get(runId)?.get(commitId);
    if (write !== undefined) this.#save(write);
    this.#forget(runId, write);
    const row = this.rows.get(runId);
    assertFound(row, runId);
    const inboxSeq = write?.kind === "commit" ? write.change.inboxSeq : 0;
    if (row.commitId === commitId)
      return { inboxSeq: row.inboxSeq, messages: messagesAfter(row, inboxSeq) };
    throw new AbstractRuntimeError(
      "revision_conflict",
      `commit ${commitId} of ${runId} is not prepared: load the run again`,
      { details: { runId, commitId } },
    );
  }

  override async purge(request: PurgeRequest, options?: Abortable): Promise<Purged> {
    const purged = await super.purge(request, options);
    if (request.dryRun !== true) for (const runId of purged.runIds) this.#prepared.delete(runId);
    return purged;
  }

  protected override shown(row: MemoryRun): RunRow {
    return Object.freeze({ ...storedRun(row), prepared: this.#prepared.has(row.runId) });
  }

  /** Ledgers are elsewhere. */
  protected override insert(given: NewRun, now: number): MemoryRun {
    const row = super.insert(given, now);
    row.ledger = new MemoryLedger([]);
    return row;
  }

  protected override append(): void {}

  #prepareCreation(run: NewRun): void {
    checkWakeAts([run]);
    checkTexts(run);
    if (this.rows.get(run.run.runId) === undefined)
      this.#keep(run.run.runId, run.commitId, { kind: "create", run: withOwnMessages(run) });
  }

  #prepareChange(change: Change): void {
    const now = this.clock.now();
    const row = this.rows.get(change.runId);
    assertFound(row, change.runId);
    if (row.commitId === change.commitId) return;
    assertUnchanged(row, change, now);
    checkChange(change, row.run);
    checkWakeAts([change, ...change.children]);
    this.#keep(change.runId, change.commitId, { kind: "commit", change: withOwnMessages(change) });
    this.#lookLater(row, now);
  }

  /** If its writer dies now, somebody has to ask the ledger what became of it. */
  #lookLater(row: MemoryRun, now: number): void {
    if (isHeld(row, now)) return;
    const at = now + forgottenAfterMs;
    if (row.wakeAt === null || row.wakeAt > at) this.rows.free(row, formatInstant(at));
  }

  #keep(runId: string, commitId: string, write: RunWrite): void {
    const writes = this.#prepared.get(runId) ?? new Map<string, RunWrite>();
    this.#prepared.set(runId, writes.set(commitId, write));
  }

  /** What was saved is past; what else was prepared for the same revision can't happen any more. */
  #forget(runId: string, saved: RunWrite | undefined): void {
    if (saved !== undefined) this.#prepared.delete(runId);
  }

  #save(write: RunWrite): void {
    const now = this.clock.now();
    if (write.kind === "create") {
      if (this.rows.get(write.run.run.runId) === undefined) this.insert(write.run, now);
      return;
    }
    const { change } = write;
    const row = this.rows.get(change.runId);
    assertFound(row, change.runId);
    if (row.run.revision !== change.expectedRevision) return;
    if (row.leaseId === change.leaseId || !isHeld(row, now)) return this.write(row, change, now);
    this.writeState(row, change);
    if (isEnded(change.run)) this.rows.free(row, null);
    this.writeElsewhere(change, now);
  }
}

/** Messages may still be their sender's to change; records and states are nobody's. */
function withOwnMessages<Write extends Pick<Change, "messages">>(write: Write): Write {
  return { ...write, messages: structuredClone(write.messages) };
}
