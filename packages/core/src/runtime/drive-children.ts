import { childRunId } from "../drive/new-child.ts";
import { isDecided, mayBegin, type Join } from "../join/join.ts";
import { isEnded, type RunState } from "../run/run-state.ts";
import { stepKey } from "../step/step-key.ts";

/** So many children of one run are driven at the same time in one process. */
const MAX_AT_ONCE = 256;

export interface ChildDriver {
  /** Drive a child as far as it goes; undefined when it can't be driven here. */
  readonly drive: (childId: string) => Promise<RunState | undefined>;
  /** Let the parent see to its children. @returns it as it is then; undefined when it can't be driven here */
  readonly look: () => Promise<RunState | undefined>;
}

/**
 * Drive the children that a run waits for, from index `from` on, several at a time; and the run itself whenever what was
 * seen here says that its wait is decided or that more children may begin.
 *
 * @returns the index up to which children were driven
 * @throws the first of what the driver threw, once all that was under way has ended
 */
export async function driveChildren(
  parent: RunState,
  from: number,
  driver: ChildDriver,
): Promise<number> {
  const pool = new ChildPool(parent, from, driver);
  await pool.drain();
  return pool.next;
}

class ChildPool {
  next: number;
  readonly #driver: ChildDriver;
  readonly #waitId: string;
  readonly #key: string;
  readonly #drained = Promise.withResolvers<void>();
  readonly #errors: unknown[] = [];
  #join: Join | null;
  #active = 0;
  #completed = 0;
  #failed = 0;
  #isLooking = false;

  constructor(parent: RunState, from: number, driver: ChildDriver) {
    this.#driver = driver;
    this.#waitId = parent.waiting?.waitId ?? "";
    this.#join = parent.waiting?.join ?? null;
    this.#key = stepKey(parent, parent.ordinal);
    this.next = from;
  }

  drain(): Promise<void> {
    this.#goOn();
    return this.#drained.promise;
  }

  #goOn(): void {
    while (this.#mayDrive(this.next)) {
      this.#track(this.#drive(this.next));
      this.next += 1;
    }
    if (this.#active > 0) return;
    if (this.#errors.length > 0) this.#drained.reject(this.#errors[0]);
    else this.#drained.resolve();
  }

  #mayDrive(index: number): boolean {
    const isThere = this.#join !== null && index < this.#join.begun;
    return isThere && this.#active < MAX_AT_ONCE && this.#errors.length === 0;
  }

  #track(work: Promise<void>): void {
    this.#active += 1;
    void work
      .catch((error: unknown) => this.#errors.push(error))
      .finally(() => {
        this.#active -= 1;
        this.#goOn();
      });
  }

  async #drive(index: number): Promise<void> {
    const child = await this.#driver.drive(childRunId(this.#key, index));
    if (child === undefined || !isEnded(child)) return;
    if (child.status === "completed") this.#completed += 1;
    else this.#failed += 1;
    if (!this.#isLooking) await this.#lookWhileDue();
  }

  /** One look at a time; what ended during one is seen by the next. */
  async #lookWhileDue(): Promise<void> {
    this.#isLooking = true;
    try {
      for (let join = this.#join; join !== null && this.#isDue(join); join = this.#join) {
        const parent = await this.#driver.look();
        if (parent === undefined) return;
        this.#join = parent.waiting?.waitId === this.#waitId ? parent.waiting.join : null;
        if (this.#join?.begun === join.begun) return;
        this.#goOn();
      }
    } finally {
      this.#isLooking = false;
    }
  }

  /** Whether the parent has something to do, as far as was seen here. */
  #isDue(join: Join): boolean {
    const counts = { completed: this.#completed, failed: this.#failed };
    return isDecided(join, counts) || mayBegin(join, counts) > 0;
  }
}
