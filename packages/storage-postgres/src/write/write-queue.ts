import { Footprint, type Touched } from "./footprint.ts";

/** One write that waits for a batch. Writes of one kind may travel together. */
export interface QueuedWrite<Kind> extends Touched {
  readonly kind: Kind;
}

interface Waiting<Write, Result> {
  readonly write: Write;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** What became of one write of a batch. */
export type BatchOutcome<Result> = { readonly result: Result } | { readonly error: unknown };

export interface WriteQueueOptions<Write, Result> {
  /** Write a batch of one kind. The outcomes are in its order; it never throws. */
  readonly send: (batch: readonly Write[]) => Promise<readonly BatchOutcome<Result>[]>;
  /** So many batches at the same time: one connection each. */
  readonly lanes: number;
  readonly maxBatch: number;
}

/**
 * Lets writes of one process travel together. While the lanes are busy the next batch fills; an idle lane takes what is
 * there at once, so that nobody waits for a timer. A batch takes no more than its lane's share of all writes, so that while
 * the server writes one batch, this process makes the next. Two writers of one run are never under way at the same time, and
 * go in the order in which they came.
 */
export class WriteQueue<Kind, Write extends QueuedWrite<Kind>, Result> {
  readonly #options: WriteQueueOptions<Write, Result>;
  readonly #underWay = new Set<Footprint>();
  #waiting: Waiting<Write, Result>[] = [];
  #sent = 0;
  #isWoken = false;

  constructor(options: WriteQueueOptions<Write, Result>) {
    this.#options = options;
  }

  add(write: Write): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ write, resolve, reject });
      this.#wake();
    });
  }

  /** Writes that come together are taken together: those of this turn of the event loop, if others are on their way. */
  #wake(): void {
    if (this.#isWoken || this.#underWay.size >= this.#options.lanes) return;
    this.#isWoken = true;
    const later = this.#waiting.length + this.#sent > 1 ? setImmediate : queueMicrotask;
    later(() => {
      this.#isWoken = false;
      this.#fill();
    });
  }

  #fill(): void {
    while (this.#underWay.size < this.#options.lanes) {
      const batch = this.#take();
      if (batch.length === 0) return;
      void this.#send(batch);
    }
  }

  async #send(batch: readonly Waiting<Write, Result>[]): Promise<void> {
    const footprint = new Footprint();
    for (const { write } of batch) footprint.add(write);
    this.#underWay.add(footprint);
    this.#sent += batch.length;
    const outcomes = await this.#options.send(batch.map(({ write }) => write));
    this.#underWay.delete(footprint);
    this.#sent -= batch.length;
    for (const [index, { resolve, reject }] of batch.entries()) {
      const outcome = outcomes[index];
      if (outcome !== undefined && "result" in outcome) resolve(outcome.result);
      else reject(outcome?.error);
    }
    this.#wake();
  }

  /** The oldest write that nobody is in the way of, and those after it that may go along. */
  #take(): readonly Waiting<Write, Result>[] {
    const batch: Waiting<Write, Result>[] = [];
    const left: Waiting<Write, Result>[] = [];
    const ahead = new Footprint();
    const share = this.#share();
    for (const waiting of this.#waiting) {
      const { write } = waiting;
      const fits =
        batch.length < share &&
        isAlike(batch, write) &&
        !this.#meets(write) &&
        !ahead.conflicts(write);
      if (fits) batch.push(waiting);
      else left.push(waiting);
      ahead.add(write);
    }
    this.#waiting = left;
    return batch;
  }

  /** How many writes a batch may take. */
  #share(): number {
    const { lanes, maxBatch } = this.#options;
    return Math.min(Math.ceil((this.#waiting.length + this.#sent) / lanes), maxBatch);
  }

  /** Whether a batch that is under way has a writer of the same run. */
  #meets(write: Write): boolean {
    return [...this.#underWay].some((footprint) => footprint.conflicts(write));
  }
}

function isAlike<Kind>(
  batch: readonly { readonly write: QueuedWrite<Kind> }[],
  { kind }: QueuedWrite<Kind>,
): boolean {
  return (batch[0]?.write.kind ?? kind) === kind;
}
