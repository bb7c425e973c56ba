/** What is kept in order of its id, and by the step of the parent that started it. */
interface Child {
  readonly runId: string;
  readonly run: { readonly parent: { readonly stepId: string } | null };
}

/**
 * Children of one run in order of their ids, all together and by the step that started them: a run that has started many over
 * the years finds those of its last step as fast as those of its first.
 */
export class RunsInOrder<Row extends Child> implements Iterable<Row> {
  /** With the step under which each was added. */
  readonly #steps = new Map<Row, string | undefined>();
  readonly #all = new Ordered<Row>();
  readonly #byStep = new Map<string, Ordered<Row>>();

  get size(): number {
    return this.#steps.size;
  }

  /** In no order. */
  [Symbol.iterator](): Iterator<Row> {
    return this.#steps.keys();
  }

  add(row: Row): void {
    if (this.#steps.has(row)) return;
    const stepId = row.run.parent?.stepId;
    this.#steps.set(row, stepId);
    this.#all.add(row);
    if (stepId === undefined) return;
    const siblings = this.#byStep.get(stepId) ?? new Ordered<Row>();
    siblings.add(row);
    this.#byStep.set(stepId, siblings);
  }

  delete(row: Row): void {
    const stepId = this.#steps.get(row);
    if (!this.#steps.delete(row)) return;
    this.#all.delete(row);
    if (stepId === undefined) return;
    const siblings = this.#byStep.get(stepId);
    siblings?.delete(row);
    if (siblings?.size === 0) this.#byStep.delete(stepId);
  }

  /** The first `limit` runs beyond an id: of one step, or all. */
  after(runId: string, limit: number, stepId?: string): readonly Row[] {
    const rows = stepId === undefined ? this.#all : this.#byStep.get(stepId);
    return rows?.after(runId, limit) ?? [];
  }
}

/** Where runs come in order of their ids, as the children of one step do, it costs nothing to keep. */
class Ordered<Row extends Child> {
  readonly #rows = new Set<Row>();
  /** Null: to be sorted anew by who asks next. */
  #ordered: Row[] | null = [];

  get size(): number {
    return this.#rows.size;
  }

  add(row: Row): void {
    this.#rows.add(row);
    const last = this.#ordered?.at(-1);
    if (last === undefined || last.runId < row.runId) this.#ordered?.push(row);
    else this.#ordered = null;
  }

  delete(row: Row): void {
    if (this.#rows.delete(row)) this.#ordered = null;
  }

  after(runId: string, limit: number): readonly Row[] {
    this.#ordered ??= [...this.#rows].toSorted((a, b) => (a.runId < b.runId ? -1 : 1));
    const from = placeAfter(this.#ordered, runId);
    return this.#ordered.slice(from, from + limit);
  }
}

/** The place of the first run beyond an id. */
function placeAfter(ordered: readonly Child[], runId: string): number {
  let [low, high] = [0, ordered.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const row = ordered[middle];
    if (row !== undefined && row.runId <= runId) low = middle + 1;
    else high = middle;
  }
  return low;
}
