import type { Abortable, Change, DurableStore, LedgerRecord, NewRun } from "@abstractruntime/core";
import type { FaultOp } from "./scenario.ts";

/** The machine lost its power: nothing after this reaches the store. */
export class PowerCut extends Error {
  override readonly name = "PowerCut";
}

/** A cut at the nth write of 0.2.0 of one kind, counted from now, just before or after it. */
export interface PlannedCut {
  readonly op: FaultOp;
  readonly nth: number;
  readonly when: "before" | "after";
}

interface LegacyWrite {
  readonly op: FaultOp;
  /** Whether what the record says holds in 0.2.0 once this is written. */
  readonly decides: boolean;
}

/**
 * One process's view of a store, which dies in a power cut. 0.2.0 wrote ledger and run one after the other, where here
 * one commit does both: a cut between the two falls after the commit if 0.2.0's ledger already held what happened.
 */
export class MortalStore {
  readonly #store: DurableStore;
  readonly #onRun: (runId: string) => void;
  #cut: PlannedCut | null = null;
  #isDead = false;
  #underWay = 0;

  /** @param onRun told of every run that is created, in order */
  constructor(store: DurableStore, onRun: (runId: string) => void) {
    this.#store = store;
    this.#onRun = onRun;
  }

  get isDead(): boolean {
    return this.#isDead;
  }

  plan(cut: PlannedCut): void {
    this.#cut = cut;
  }

  /** Resolves when no call has been under way for some turns of the event loop. */
  async idle(): Promise<void> {
    for (let quiet = 0; quiet < 5; quiet += 1) {
      await new Promise((resolve) => void setImmediate(resolve));
      if (this.#underWay > 0) quiet = 0;
    }
  }

  /** The store as the process sees it. */
  asStore(): DurableStore {
    return new Proxy(this.#store, {
      get: (store, name) => {
        const member: unknown = Reflect.get(store, name, store);
        if (typeof member !== "function") return member;
        return (...args: readonly unknown[]) => this.#call(String(name), args, member);
      },
    });
  }

  // oxlint-disable-next-line typescript/no-unsafe-function-type -- any method of the port
  async #call(name: string, args: readonly unknown[], method: Function): Promise<unknown> {
    if (this.#isDead) throw new PowerCut(`the power is off: ${name}`);
    this.#underWay += 1;
    try {
      const [written] = args as [NewRun | Change, Abortable?];
      const isWrite = name === "create" || name === "commit";
      const cut = isWrite ? this.#meets(written) : null;
      if (cut === "before") throw this.#die();
      const answer: unknown = await method.apply(this.#store, args);
      if (isWrite) this.#noteRuns(written, name === "create");
      if (cut === "after") throw this.#die();
      return answer;
    } finally {
      this.#underWay -= 1;
    }
  }

  #die(): PowerCut {
    this.#isDead = true;
    return new PowerCut("the power went off");
  }

  #noteRuns(written: NewRun | Change, isNew: boolean): void {
    if (isNew) this.#onRun(written.run.runId);
    for (const child of written.children) this.#noteRuns(child, true);
  }

  /** Whether the planned cut falls into this write, and on which side of it. */
  #meets(written: NewRun | Change): "before" | "after" | null {
    let decided = false;
    for (const { op, decides } of legacyWrites(written)) {
      if (this.#cut?.op === op) {
        const { nth, when } = this.#cut;
        if (nth === 1) {
          this.#cut = null;
          return decided || (decides && when === "after") ? "after" : "before";
        }
        this.#cut = { ...this.#cut, nth: nth - 1 };
      }
      decided ||= decides;
    }
    return null;
  }
}

function legacyWrites({ records, children }: NewRun | Change): readonly LegacyWrite[] {
  const started = children.flatMap(legacyWrites);
  return records.flatMap((record) => [
    ...(record.kind === "waiting" || record.kind === "completed" ? started.splice(0) : []),
    ...writesOf(record),
  ]);
}

function writesOf(record: LedgerRecord): readonly LegacyWrite[] {
  const append = { op: "ledger_append", decides: true } as const;
  const save = { op: "run_save", decides: true } as const;
  const passed = (path: readonly string[]): readonly LegacyWrite[] =>
    path.map(() => ({ op: "run_save", decides: false }));
  switch (record.kind) {
    case "begun":
    case "ready":
      return [...passed(record.intent?.path ?? []), append];
    case "completed":
    case "waiting":
      return [append, save];
    case "failed":
      return record.retryAt === null ? [append, save] : [append];
    case "ended":
      return record.status === "completed" ? [...passed(record.path), save, append] : [];
    case "moved":
      return passed(record.path);
    case "created":
    case "answered":
    case "cancelled":
    case "limits":
      return [save];
    case "adopted":
    case "branched":
    case "forked":
    case "gated":
    case "interrupted":
    case "late":
    case "entered":
    case "migrated":
    case "paused":
    case "refused":
    case "settled":
    case "timed_out":
    case "unpaused":
      return [];
    default:
      return record satisfies never;
  }
}
