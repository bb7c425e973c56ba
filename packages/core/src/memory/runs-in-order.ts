/** What is kept in order of its id. */
interface Identified {
  readonly runId: string;
}

/** Runs in order of their ids. Where they come in that order, as the children of one step do, it costs nothing to keep. */
export class RunsInOrder<Row extends Identified> implements Iterable<Row> {
  readonly #rows = new Set<Row>();
  /** Null: to be sorted anew by who asks next. */
  #ordered: Row[] | null = [];

  get size(): number {
    return this.#rows.size;
  }

  /** In no order. */
  [Symbol.iterator](): Iterator<Row> {
    return this.#rows[Symbol.iterator]();
  }

  add(row: Row): void {
    if (this.#rows.has(row)) return;
    this.#rows.add(row);
    const last = this.#ordered?.at(-1);
    if (last === undefined || last.runId < row.runId) this.#ordered?.push(row);
    else this.#ordered = null;
  }

  delete(row: Row): void {
    if (this.#rows.delete(row)) this.#ordered = null;
  }

  /** The first `limit` runs beyond an id, of those that pass. */
  after(runId: string, limit: number, passes: (row: Row) => boolean): readonly Row[] {
    this.#ordered ??= [...this.#rows].toSorted((a, b) => (a.runId < b.runId ? -1 : 1));
    const found: Row[] = [];
    for (let at = placeAfter(this.#ordered, runId); found.length < limit; at += 1) {
      const row = this.#ordered[at];
      if (row === undefined) break;
      if (passes(row)) found.push(row);
    }
    return found;
  }
}

/** The place of the first run beyond an id. */
function placeAfter(ordered: readonly Identified[], runId: string): number {
  let [low, high] = [0, ordered.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = ordered[middle];
    if (row !== undefined && row.runId <= runId) low = middle + 1;
    else high = middle;
  }
  return low;
}
