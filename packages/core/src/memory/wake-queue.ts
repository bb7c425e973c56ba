/** What the queue orders: `wakeAt` in epoch milliseconds, null when nothing is to be woken. */
export interface Wakeable {
  readonly runId: string;
  /** Written by the queue alone. */
  wakeAt: number | null;
  /** Place in the queue, -1 outside of it. Written by the queue alone. */
  queueIndex: number;
}

/** Runs in order of `wakeAt`, ties by run id: a binary heap whose entries know their place, so that they can move. */
export class WakeQueue<Entry extends Wakeable> {
  readonly #heap: Entry[] = [];

  /** The entry that wakes next, or `undefined` when there is none. */
  first(): Entry | undefined {
    return this.#heap[0];
  }

  /** Up to `limit` due entries that pass, earliest first. They stay where they are. */
  due(now: number, limit: number, passes: (entry: Entry) => boolean): DueEntries<Entry> {
    const due: Entry[] = [];
    const seen: { readonly entry: Entry; readonly wakeAt: number }[] = [];
    let next = this.first();
    while (due.length < limit && next !== undefined && next.wakeAt !== null && next.wakeAt <= now) {
      seen.push({ entry: next, wakeAt: next.wakeAt });
      if (passes(next)) due.push(next);
      this.move(next, null);
      next = this.first();
    }
    const nextWakeAt = next?.wakeAt ?? null;
    for (const { entry, wakeAt } of seen) this.move(entry, wakeAt);
    return { due, nextWakeAt };
  }

  /** Put an entry where its new `wakeAt` belongs; null takes it out. */
  move(entry: Entry, wakeAt: number | null): void {
    entry.wakeAt = wakeAt;
    if (wakeAt === null) return this.#remove(entry);
    if (entry.queueIndex === -1) this.#place(entry, this.#heap.length);
    this.#settle(entry);
  }

  #remove(entry: Entry): void {
    const index = entry.queueIndex;
    if (index === -1) return;
    entry.queueIndex = -1;
    const last = this.#heap.pop();
    if (last === undefined || last === entry) return;
    this.#place(last, index);
    this.#settle(last);
  }

  #settle(entry: Entry): void {
    this.#rise(entry);
    this.#sink(entry);
  }

  #rise(entry: Entry): void {
    let index = entry.queueIndex;
    while (index > 0) {
      const above = this.#heap[(index - 1) >> 1];
      if (above === undefined || !isBefore(entry, above)) break;
      const next = above.queueIndex;
      this.#place(above, index);
      index = next;
    }
    this.#place(entry, index);
  }

  #sink(entry: Entry): void {
    let index = entry.queueIndex;
    for (;;) {
      const below = this.#earlierChild(index);
      if (below === undefined || !isBefore(below, entry)) break;
      const next = below.queueIndex;
      this.#place(below, index);
      index = next;
    }
    this.#place(entry, index);
  }

  #earlierChild(index: number): Entry | undefined {
    const left = this.#heap[2 * index + 1];
    const right = this.#heap[2 * index + 2];
    return left !== undefined && right !== undefined && isBefore(right, left) ? right : left;
  }

  #place(entry: Entry, index: number): void {
    this.#heap[index] = entry;
    entry.queueIndex = index;
  }
}

/** What a look at a queue found, and when the first of the others wakes. */
export interface DueEntries<Entry> {
  readonly due: readonly Entry[];
  readonly nextWakeAt: number | null;
}

/** Up to `limit` of these that are due, earliest first: as a queue gives them out, for who knows which ones they may be. */
export function dueOf<Entry extends Wakeable>(
  entries: Iterable<Entry>,
  now: number,
  limit: number,
): readonly Entry[] {
  return [...entries]
    .filter(({ wakeAt }) => wakeAt !== null && wakeAt <= now)
    .toSorted((a, b) => (isBefore(a, b) ? -1 : 1))
    .slice(0, limit);
}

function isBefore(a: Wakeable, b: Wakeable): boolean {
  if (a.wakeAt === null || b.wakeAt === null) return false;
  return a.wakeAt === b.wakeAt ? a.runId < b.runId : a.wakeAt < b.wakeAt;
}
