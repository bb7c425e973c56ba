import { isAbstractRuntimeError } from "../../errors/abstract-runtime-error.ts";
import type { Abortable } from "../../ports/abortable.ts";
import type { NewRun } from "../../ports/durable-store.ts";
import type { LedgerStore } from "../../ports/ledger-store.ts";
import type { RunStore, RunWrite } from "../../ports/run-store.ts";

/** Finishes what the ledger says has happened and the run store has not saved. */
export class Reconciler {
  readonly #runs: RunStore;
  readonly #ledger: LedgerStore;

  constructor(runs: RunStore, ledger: LedgerStore) {
    this.#runs = runs;
    this.#ledger = ledger;
  }

  /** Finish the prepared write of a run that happened. @returns whether there was one. */
  async reconcile(runId: string, options: Abortable): Promise<boolean> {
    const writes = await this.#runs.prepared(runId, options);
    for (const write of writes) {
      if (!(await this.#happened(write, options))) continue;
      await this.#finish(write, options);
      return true;
    }
    return false;
  }

  /** Give a new run its ledger and bring it into being, unless its ledger is another creation's, which is finished. */
  async begin(run: NewRun, options: Abortable): Promise<void> {
    const { runId } = run.run;
    if (await this.#ownLedger(run, options)) {
      await this.beginAll(run.children, options);
      await this.#runs.save(runId, run.commitId, options);
    }
  }

  /** Give children their ledgers. Their rows come with the save of who started them. */
  async beginAll(children: readonly NewRun[], options: Abortable): Promise<void> {
    for (const child of children)
      if (await this.#ownLedger(child, options)) await this.beginAll(child.children, options);
  }

  /**
   * Remove a ledger that belongs to no run, or finish the creation that it belongs to. The order of the questions
   * matters: a live creation is prepared before it writes its ledger, and a row replaces what was prepared.
   *
   * @returns whether the run's ledger makes room.
   */
  async removeOrphan(runId: string, options: Abortable): Promise<boolean> {
    const [first] = await this.#ledger.list(runId, { limit: 1 }, options);
    if (first === undefined) return true;
    if (await this.reconcile(runId, options)) return false;
    if ((await this.#runs.load(runId, options)) !== undefined) return false;
    await this.#ledger.remove(runId, first.commitId, options);
    return true;
  }

  /** Whether the run's ledger is the one that this creation began. A fork's own records come after the copied ones. */
  isLedgerOf(run: NewRun, options: Abortable): Promise<boolean> {
    return this.#happened({ kind: "create", run }, options);
  }

  async #happened(write: RunWrite, options: Abortable): Promise<boolean> {
    const { run, commitId, records } = write.kind === "create" ? write.run : write.change;
    const after = (records.at(-1)?.seq ?? 1) - 1;
    const [record] = await this.#ledger.list(run.runId, { after, limit: 1 }, options);
    return record?.commitId === commitId;
  }

  async #finish(write: RunWrite, options: Abortable): Promise<void> {
    const { run, commitId, children } = write.kind === "create" ? write.run : write.change;
    await this.beginAll(children, options);
    await this.#runs.save(run.runId, commitId, options);
  }

  /**
   * Write a new run's ledger. @returns whether the ledger is this creation's, now or already. If it is another's, that
   * one is finished first; if it is nobody's (a purge died between the halves), it makes room.
   */
  async #ownLedger(run: NewRun, options: Abortable): Promise<boolean> {
    const { runId } = run.run;
    const { copyOf, texts, records } = run;
    try {
      if (copyOf !== undefined) await this.#ledger.fork(runId, copyOf, records, options);
      else if (texts !== undefined) await this.#ledger.restore(runId, texts, records, options);
      else await this.#ledger.append(runId, records, 0, options);
      return true;
    } catch (error) {
      if (!isAbstractRuntimeError(error, "revision_conflict")) throw error;
    }
    if (await this.isLedgerOf(run, options)) return true;
    return (await this.removeOrphan(runId, options)) ? this.#ownLedger(run, options) : false;
  }
}
