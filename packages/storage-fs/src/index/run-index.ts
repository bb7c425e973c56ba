import {
  type AbstractRuntimeError,
  DueBell,
  type DueEntries,
  dueOf,
  isHeld,
  type Lease,
  parseInstant,
  RunsInOrder,
  WakeQueue,
} from "@abstractruntime/core/store";
import { hasEnded, type RunEntry, type RunFacts } from "./run-entry.ts";

/** The runs of a folder: their entries, by id, parent, wait key and `wakeAt`, and those whose files can't be read. */
export class RunIndex {
  readonly #entries = new Map<string, RunEntry>();
  readonly #byParent = new Map<string, RunsInOrder<RunEntry>>();
  readonly #byWaitKey = new Map<string, Set<RunEntry>>();
  /** Runs that have not ended. Few among many, where runs are kept for long. */
  readonly #open = new Set<RunEntry>();
  readonly #queue = new WakeQueue<RunEntry>();
  readonly bell: DueBell = new DueBell();
  readonly #damaged = new Map<string, AbstractRuntimeError>();

  get(runId: string): RunEntry | undefined {
    return this.#entries.get(runId);
  }

  all(): Iterable<RunEntry> {
    return this.#entries.values();
  }

  /** Runs that have not ended. */
  open(): Iterable<RunEntry> {
    return this.#open;
  }

  childrenOf(parentRunId: string): RunsInOrder<RunEntry> {
    return this.#byParent.get(parentRunId) ?? new RunsInOrder();
  }

  /** Runs that wait for the key now. */
  waitingFor(key: string): Iterable<RunEntry> {
    return this.#byWaitKey.get(key) ?? [];
  }

  /** Runs whose files can't be read, with the reason. */
  damaged(): ReadonlyMap<string, AbstractRuntimeError> {
    return this.#damaged;
  }

  add(entry: RunEntry): void {
    this.remove(entry.runId);
    this.#entries.set(entry.runId, entry);
    if (!hasEnded(entry)) this.#open.add(entry);
    const { parentRunId } = entry.run;
    if (parentRunId !== null) {
      const siblings = this.childrenOf(parentRunId);
      siblings.add(entry);
      this.#byParent.set(parentRunId, siblings);
    }
    this.#indexWait(entry);
  }

  /** The run's files can't be read: it leaves all queries. */
  addDamaged(runId: string, why: AbstractRuntimeError): void {
    this.remove(runId);
    this.#damaged.set(runId, why);
  }

  remove(runId: string): void {
    this.#damaged.delete(runId);
    const entry = this.#entries.get(runId);
    if (entry === undefined) return;
    this.#entries.delete(runId);
    this.#open.delete(entry);
    this.#queue.move(entry, null);
    this.#unindexWait(entry);
    const { parentRunId } = entry.run;
    if (parentRunId === null) return;
    const siblings = this.childrenOf(parentRunId);
    siblings.delete(entry);
    if (siblings.size === 0) this.#byParent.delete(parentRunId);
  }

  setFacts(entry: RunEntry, facts: RunFacts): void {
    if (entry.run.waiting !== null) this.#unindexWait(entry);
    entry.run = facts;
    if (facts.waiting !== null) this.#indexWait(entry);
    if (hasEnded(entry)) this.#open.delete(entry);
  }

  hold(entry: RunEntry, lease: Lease, now: number): void {
    entry.leaseId = lease.leaseId;
    entry.leaseOwner = lease.owner;
    this.#schedule(entry, now + lease.leaseMs);
  }

  free(entry: RunEntry, wakeAt: string | null): void {
    entry.leaseId = null;
    entry.leaseOwner = null;
    this.#schedule(entry, wakeAt === null ? null : parseInstant(wakeAt));
    if (wakeAt !== null) this.bell.ring();
  }

  /** Make the run due, unless somebody holds it: who holds it reads its inbox before letting go. */
  wake(entry: RunEntry, now: number): void {
    if (isHeld(entry, now) || (entry.wakeAt !== null && entry.wakeAt <= now)) return;
    this.#schedule(entry, now);
    this.bell.ring();
  }

  renew(entry: RunEntry, until: number): void {
    this.#schedule(entry, until);
  }

  /** Up to `limit` due runs that pass, earliest first. */
  due(now: number, limit: number, passes: (entry: RunEntry) => boolean): DueEntries<RunEntry> {
    return this.#queue.due(now, limit, passes);
  }

  /** The same for those among certain runs. */
  dueAmong(
    runIds: readonly string[],
    now: number,
    limit: number,
    passes: (entry: RunEntry) => boolean,
  ): DueEntries<RunEntry> {
    const entries = [...new Set(runIds)].flatMap((runId) => this.#entries.get(runId) ?? []);
    return { due: dueOf(entries.filter(passes), now, limit), nextWakeAt: null };
  }

  #schedule(entry: RunEntry, wakeAt: number | null): void {
    entry.rescheduled = true;
    this.#queue.move(entry, wakeAt);
  }

  #indexWait(entry: RunEntry): void {
    for (const key of entry.run.waiting?.waitKeys ?? []) addTo(this.#byWaitKey, key, entry);
  }

  #unindexWait(entry: RunEntry): void {
    for (const key of entry.run.waiting?.waitKeys ?? []) removeFrom(this.#byWaitKey, key, entry);
  }
}

function addTo(index: Map<string, Set<RunEntry>>, key: string, entry: RunEntry): void {
  const entries = index.get(key);
  if (entries === undefined) index.set(key, new Set([entry]));
  else entries.add(entry);
}

function removeFrom(index: Map<string, Set<RunEntry>>, key: string, entry: RunEntry): void {
  const entries = index.get(key);
  entries?.delete(entry);
  if (entries?.size === 0) index.delete(key);
}
