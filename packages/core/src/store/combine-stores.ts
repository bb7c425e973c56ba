import { isAbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { InboxMessage, KeptEvent, Message } from "../inbox/message.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import type { Abortable } from "../ports/abortable.ts";
import type {
  Change,
  ChildPage,
  Claimed,
  ClaimRequest,
  Committed,
  Delivery,
  DurableStore,
  NewRun,
  Page,
  Published,
  Purged,
  PurgeRequest,
  RecordRange,
  RunQuery,
  StoreCapabilities,
  StoredRun,
} from "../ports/durable-store.ts";
import type { LedgerStore } from "../ports/ledger-store.ts";
import type { RunRow, RunStore } from "../ports/run-store.ts";
import { checkCopy } from "../memory/check-copy.ts";
import { combineCapabilities } from "./combine/combine-capabilities.ts";
import { Reconciler } from "./combine/reconciler.ts";
import { Turns } from "./combine/turns.ts";
import { UnderWay } from "./under-way.ts";

export interface StoreHalves {
  readonly runs: RunStore;
  readonly ledger: LedgerStore;
}

/**
 * One store made of two halves, for people who keep their runs in one place and their ledgers in another.
 *
 * No transaction spans the halves, so a write is three: the run store *prepares* it, with all its refusals; the ledger
 * takes the records, and with that it has happened; the run store *saves* it. Whoever meets a run with a prepared write
 * asks the ledger for the record at that place: with the same `commitId` the write is finished, children and messages
 * included; with another or none it never happened. So a crash at any point leaves the last commit or the next one.
 *
 * What that costs: two writes to the run store and one to the ledger per commit, where a store of one piece needs one; a
 * read of the ledger for each run that has prepared writes. A run whose creator died may first be seen when somebody
 * loads it, creates it again, or sends to it. A driver whose lease is lost while it writes is not stopped by the lease
 * but by the ledger, which takes one record per place: it may win, and who took the run over is told to load it again.
 * A message must not come between the halves of a write that counts on having read them all, so writes and deliveries to
 * one run take turns in this process, and only one process may write. Closing closes both halves. `survives` is that of
 * the weaker half.
 */
export function combineStores(halves: StoreHalves): DurableStore {
  return new CombinedStore(halves);
}

class CombinedStore implements DurableStore {
  readonly capabilities: StoreCapabilities;
  readonly #runs: RunStore;
  readonly #ledger: LedgerStore;
  readonly #reconciler: Reconciler;
  readonly #turns = new Turns();
  readonly #underWay = new UnderWay("this store");

  constructor({ runs, ledger }: StoreHalves) {
    this.capabilities = combineCapabilities(runs.capabilities, ledger.capabilities);
    this.#runs = runs;
    this.#ledger = ledger;
    this.#reconciler = new Reconciler(runs, ledger);
  }

  create(
    given: NewRun,
    options: Abortable = {},
  ): Promise<{ readonly created: boolean; readonly stored: StoredRun }> {
    return this.#underWay.write(() =>
      this.#turns.of(given.run.runId, () => this.#create(given, options)),
    );
  }

  commit(change: Change, options: Abortable = {}): Promise<Committed> {
    return this.#underWay.write(() =>
      this.#turns.of(change.runId, () => this.#commit(change, options)),
    );
  }

  async load(runId: string, options: Abortable = {}): Promise<StoredRun | undefined> {
    const row = await this.#runs.load(runId, options);
    if (row !== undefined && !row.prepared) return plain(row);
    if (!(await this.#reconciler.reconcile(runId, options))) return row && plain(row);
    const after = await this.#runs.load(runId, options);
    return after && plain(after);
  }

  async list(query?: RunQuery, options: Abortable = {}): Promise<Page<StoredRun>> {
    return this.#reconciledPage(await this.#runs.list(query, options), options);
  }

  async listChildren(
    parentRunId: string,
    page?: ChildPage,
    options: Abortable = {},
  ): Promise<Page<StoredRun>> {
    return this.#reconciledPage(await this.#runs.listChildren(parentRunId, page, options), options);
  }

  records(
    runId: string,
    range?: RecordRange,
    options?: Abortable,
  ): Promise<readonly LedgerRecord[]> {
    return this.#ledger.list(runId, range, options);
  }

  recordTexts(runId: string, range?: RecordRange, options?: Abortable): Promise<readonly string[]> {
    return this.#ledger.texts(runId, range, options);
  }

  async claimDue(request: ClaimRequest, options: Abortable = {}): Promise<Claimed> {
    const { runs, ...facts } = await this.#runs.claimDue(request, options);
    const claimed = new Set(runs.map(({ head }) => head.leaseId));
    const reconciled = await this.#reconciled(runs, options);
    return { ...facts, runs: reconciled.filter(({ head }) => claimed.has(head.leaseId)) };
  }

  onDue(listener: () => void): () => void {
    return this.#runs.onDue(listener);
  }

  renew(
    leases: readonly { readonly runId: string; readonly leaseId: string }[],
    leaseMs: number,
    options?: Abortable,
  ): Promise<ReadonlyMap<string, number>> {
    return this.#runs.renew(leases, leaseMs, options);
  }

  giveBack(back: Parameters<DurableStore["giveBack"]>[0], options?: Abortable): Promise<void> {
    return this.#runs.giveBack(back, options);
  }

  deliver(runId: string, message: Message, options: Abortable = {}): Promise<Delivery> {
    return this.#underWay.write(() =>
      this.#turns.of(runId, () => this.#deliver(runId, message, options)),
    );
  }

  readInbox(
    runId: string,
    range?: { readonly after?: number; readonly limit?: number },
    options?: Abortable,
  ): Promise<readonly InboxMessage[]> {
    return this.#runs.readInbox(runId, range, options);
  }

  publish(event: KeptEvent, options?: Abortable): Promise<Published> {
    return this.#underWay.write(() => this.#turns.alone(() => this.#runs.publish(event, options)));
  }

  takeKept(runId: string, keys: readonly string[], options?: Abortable): Promise<number> {
    return this.#underWay.write(() =>
      this.#turns.of(runId, () => this.#runs.takeKept(runId, keys, options)),
    );
  }

  async purge(request: PurgeRequest, options: Abortable = {}): Promise<Purged> {
    const purged = await this.#runs.purge(request, options);
    if (request.dryRun !== true)
      for (const runId of purged.runIds)
        await this.#turns.of(runId, () => this.#reconciler.removeOrphan(runId, {}));
    return purged;
  }

  close(): Promise<void> {
    return this.#underWay.close(async () => {
      await Promise.all([this.#runs.close(), this.#ledger.close()]);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #deliver(runId: string, message: Message, options: Abortable): Promise<Delivery> {
    const delivery = await this.#runs.deliver(runId, message, options);
    if (delivery !== "run_not_found") return delivery;
    const found = await this.#reconciler.reconcile(runId, options);
    return found ? this.#runs.deliver(runId, message, options) : delivery;
  }

  async #create(
    given: NewRun,
    options: Abortable,
  ): Promise<{ readonly created: boolean; readonly stored: StoredRun }> {
    const { runId } = given.run;
    const existing = await this.load(runId, options);
    if (existing === undefined) {
      if (given.copyOf !== undefined)
        checkCopy(given, (await this.load(given.copyOf.runId, options))?.run);
      await this.#runs.prepare({ kind: "create", run: given }, options);
      await this.#reconciler.begin(given, options);
    }
    const stored = existing ?? (await this.load(runId, options));
    if (stored === undefined) return this.#create(given, options);
    return { created: await this.#reconciler.isLedgerOf(given, options), stored };
  }

  async #commit(change: Change, options: Abortable): Promise<Committed> {
    const { runId, commitId, records } = change;
    await this.#runs.prepare({ kind: "commit", change }, options);
    const before = (records[0]?.seq ?? 1) - 1;
    try {
      await this.#ledger.append(runId, records, before, options);
    } catch (error) {
      if (!isAbstractRuntimeError(error, "revision_conflict")) throw error;
      const [taken] = await this.#ledger.list(runId, { after: before, limit: 1 }, options);
      if (taken?.commitId !== commitId) {
        await this.#reconciler.reconcile(runId, options);
        throw error;
      }
    }
    await this.#reconciler.beginAll(change.children, options);
    const { inboxSeq, messages } = await this.#runs.save(runId, commitId, options);
    // One that was saved before is not there any more to say what it had read.
    return { inboxSeq, messages: messages.filter(({ position }) => position > change.inboxSeq) };
  }

  async #reconciledPage(page: Page<RunRow>, options: Abortable): Promise<Page<StoredRun>> {
    return { items: await this.#reconciled(page.items, options), nextCursor: page.nextCursor };
  }

  async #reconciled(rows: readonly RunRow[], options: Abortable): Promise<readonly StoredRun[]> {
    const runs: StoredRun[] = [];
    for (const row of rows) {
      const stored = row.prepared ? await this.load(row.run.runId, options) : plain(row);
      if (stored !== undefined) runs.push(stored);
    }
    return Object.freeze(runs);
  }
}

function plain({ run, head }: RunRow): StoredRun {
  return Object.freeze({ run, head });
}
