import { isEnded, type RunState } from "../run/run-state.ts";
import type { Message } from "../inbox/message.ts";
import { isCounted, joinDue, tallied, tallyFor } from "../join/join-tally.ts";
import type { Delivery, Lease } from "../ports/durable-store.ts";
import type { Wait } from "../wait/wait.ts";
import { parseInstant } from "../time/instant.ts";
import { appendMessage, isHeld, keepState, knowsMessage, type MemoryRun } from "./memory-run.ts";
import { RunsInOrder } from "./runs-in-order.ts";
import { DueBell } from "../store/due-bell.ts";
import { type DueEntries, dueOf, WakeQueue } from "./wake-queue.ts";

/** What of a run says whether a message makes it due. */
type Wakened = Pick<RunState, "paused"> & {
  readonly waiting: Pick<Wait, "reason"> | null;
};

/**
 * Whether a run is made due by this message: a paused one only by what is about the pause itself or ends the run. What a
 * child used is no reason for a run that waits for children: it reads that with their end.
 */
export function isWokenBy({ paused, waiting }: Wakened, { kind }: Message): boolean {
  if (paused) return kind === "cancel" || kind === "unpause";
  return kind !== "spent" || waiting?.reason !== "subworkflow";
}

/** The table of runs, with its indexes by parent, by the keys that runs wait for, and by `wakeAt`. */
export class MemoryRuns {
  readonly #rows = new Map<string, MemoryRun>();
  readonly #byParent = new Map<string, RunsInOrder<MemoryRun>>();
  readonly #byWaitKey = new Map<string, Set<MemoryRun>>();
  readonly #queue = new WakeQueue<MemoryRun>();
  readonly bell: DueBell = new DueBell();

  get(runId: string): MemoryRun | undefined {
    return this.#rows.get(runId);
  }

  all(): readonly MemoryRun[] {
    return [...this.#rows.values()];
  }

  childrenOf(parentRunId: string): RunsInOrder<MemoryRun> {
    return this.#byParent.get(parentRunId) ?? new RunsInOrder();
  }

  /** Runs that wait for the key now. */
  waitingFor(key: string): readonly MemoryRun[] {
    return [...(this.#byWaitKey.get(key) ?? [])];
  }

  add(row: MemoryRun): void {
    this.#rows.set(row.runId, row);
    const { parentRunId } = row.run;
    if (parentRunId !== null) {
      const siblings = this.childrenOf(parentRunId);
      siblings.add(row);
      this.#byParent.set(parentRunId, siblings);
    }
    this.#indexWait(row);
  }

  remove(row: MemoryRun): void {
    this.#rows.delete(row.runId);
    this.#queue.move(row, null);
    this.#unindexWait(row);
    const { parentRunId } = row.run;
    if (parentRunId === null) return;
    const siblings = this.childrenOf(parentRunId);
    siblings.delete(row);
    if (siblings.size === 0) this.#byParent.delete(parentRunId);
  }

  setState(row: MemoryRun, run: RunState): void {
    if (row.run.waiting === run.waiting) {
      row.run = keepState(run);
      return;
    }
    this.#unindexWait(row);
    row.run = keepState(run);
    row.tally = tallyFor(run, row.tally);
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
    if (wakeAt !== null) this.bell.ring();
  }

  /** Make the run due, unless somebody holds it: who holds it reads its inbox before letting go. */
  wake(row: MemoryRun, now: number): void {
    if (isHeld(row, now) || (row.wakeAt !== null && row.wakeAt <= now)) return;
    this.#queue.move(row, now);
    this.bell.ring();
  }

  renew(row: MemoryRun, until: number): void {
    this.#queue.move(row, until);
  }

  deliver(row: MemoryRun | undefined, message: Message, now: number): Delivery {
    if (row === undefined) return "run_not_found";
    if (knowsMessage(row, message.messageId)) return "duplicate";
    if (isEnded(row.run)) return "ended";
    if (isCounted(message)) {
      row.consumed.add(message.messageId);
      row.tally = tallied(row.tally, message);
      this.tellOfJoin(row, message.sentAt, now);
      return "accepted";
    }
    appendMessage(row, message);
    if (isWokenBy(row.run, message)) this.wake(row, now);
    return "accepted";
  }

  /** Tell a run that something is to be done about the children that it waits for, unless it was told and did not read it. */
  tellOfJoin(row: MemoryRun, sentAt: string, now: number): void {
    if (row.toldOfJoin !== null && row.inbox.has(row.toldOfJoin)) return;
    const due = joinDue(row.run, row.tally, sentAt);
    if (due === null || knowsMessage(row, due.messageId)) return;
    row.toldOfJoin = due.messageId;
    appendMessage(row, due);
    if (isWokenBy(row.run, due)) this.wake(row, now);
  }

  /** Up to `limit` due runs that pass, earliest first. */
  due(now: number, limit: number, passes: (row: MemoryRun) => boolean): DueEntries<MemoryRun> {
    return this.#queue.due(now, limit, passes);
  }

  /** The same for those among certain runs. */
  dueAmong(
    runIds: readonly string[],
    now: number,
    limit: number,
    passes: (row: MemoryRun) => boolean,
  ): DueEntries<MemoryRun> {
    const rows = [...new Set(runIds)].flatMap((runId) => this.#rows.get(runId) ?? []);
    return { due: dueOf(rows.filter(passes), now, limit), nextWakeAt: null };
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
