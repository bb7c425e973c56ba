import { isEnded, type RunState } from "../run/run-state.ts";
import type { Message } from "../inbox/message.ts";
import type { Delivery, Lease } from "../ports/durable-store.ts";
import { parseInstant } from "../time/instant.ts";
import { appendMessage, isHeld, keepState, knowsMessage, type MemoryRun } from "./memory-run.ts";
import { WakeQueue } from "./wake-queue.ts";

/** Whether a run is made due by this message: a paused one only by what is about the pause itself or ends the run. */
export function isWokenBy(run: Pick<RunState, "paused">, { kind }: Message): boolean {
  return !run.paused || kind === "cancel" || kind === "unpause";
}

/** The table of runs, with its indexes by parent, by the keys that runs wait for, and by `wakeAt`. */
export class MemoryRuns {
  readonly #rows = new Map<string, MemoryRun>();
  readonly #byParent = new Map<string, Set<MemoryRun>>();
  readonly #byWaitKey = new Map<string, Set<MemoryRun>>();
  readonly #queue = new WakeQueue<MemoryRun>();

  get(runId: string): MemoryRun | undefined {
    return this.#rows.get(runId);
  }

  all(): readonly MemoryRun[] {
    return [...this.#rows.values()];
  }

  childrenOf(parentRunId: string): readonly MemoryRun[] {
    return [...(this.#byParent.get(parentRunId) ?? [])];
  }

  /** Runs that wait for the key now. */
  waitingFor(key: string): readonly MemoryRun[] {
    return [...(this.#byWaitKey.get(key) ?? [])];
  }

  add(row: MemoryRun): void {
    this.#rows.set(row.runId, row);
    if (row.run.parentRunId !== null) addTo(this.#byParent, row.run.parentRunId, row);
    this.#indexWait(row);
  }

  remove(row: MemoryRun): void {
    this.#rows.delete(row.runId);
    this.#queue.move(row, null);
    this.#unindexWait(row);
    if (row.run.parentRunId !== null) removeFrom(this.#byParent, row.run.parentRunId, row);
  }

  setState(row: MemoryRun, run: RunState): void {
    if (row.run.waiting === run.waiting) {
      row.run = keepState(run);
      return;
    }
    this.#unindexWait(row);
    row.run = keepState(run);
    this.#indexWait(row);
  }

  hold(row: MemoryRun, lease: Lease, now: number): void {
    row.leaseId = lease.leaseId;
    row.leaseOwner = lease.owner;
    this.#queue.move(row, now + lease.leaseMs);
  }

  free(row: MemoryRun, wakeAt: string | null): void {
    row.leaseId = null;
    row.leaseOwner = null;
    this.#queue.move(row, wakeAt === null ? null : parseInstant(wakeAt));
  }

  /** Make the run due, unless somebody holds it: who holds it reads its inbox before letting go. */
  wake(row: MemoryRun, now: number): void {
    if (!isHeld(row, now) && (row.wakeAt === null || row.wakeAt > now)) this.#queue.move(row, now);
  }

  renew(row: MemoryRun, until: number): void {
    this.#queue.move(row, until);
  }

  deliver(row: MemoryRun | undefined, message: Message, now: number): Delivery {
    if (row === undefined) return "run_not_found";
    if (knowsMessage(row, message.messageId)) return "duplicate";
    if (isEnded(row.run)) return "ended";
    appendMessage(row, message);
    if (isWokenBy(row.run, message)) this.wake(row, now);
    return "accepted";
  }

  /** Up to `limit` due runs that pass, earliest first. */
  due(now: number, limit: number, passes: (row: MemoryRun) => boolean): readonly MemoryRun[] {
    const found: MemoryRun[] = [];
    const seen: { readonly row: MemoryRun; readonly wakeAt: number }[] = [];
    while (found.length < limit) {
      const row = this.#queue.first();
      if (row === undefined || row.wakeAt === null || row.wakeAt > now) break;
      seen.push({ row, wakeAt: row.wakeAt });
      if (passes(row)) found.push(row);
      this.#queue.move(row, null);
    }
    for (const { row, wakeAt } of seen) this.#queue.move(row, wakeAt);
    return found;
  }

  #indexWait(row: MemoryRun): void {
    for (const key of row.run.waiting?.waitKeys ?? []) addTo(this.#byWaitKey, key, row);
  }

  #unindexWait(row: MemoryRun): void {
    for (const key of row.run.waiting?.waitKeys ?? []) removeFrom(this.#byWaitKey, key, row);
  }
}

function addTo(index: Map<string, Set<MemoryRun>>, key: string, row: MemoryRun): void {
  const rows = index.get(key);
  if (rows === undefined) index.set(key, new Set([row]));
  else rows.add(row);
}

function removeFrom(index: Map<string, Set<MemoryRun>>, key: string, row: MemoryRun): void {
  const rows = index.get(key);
  rows?.delete(row);
  if (rows?.size === 0) index.delete(key);
}
