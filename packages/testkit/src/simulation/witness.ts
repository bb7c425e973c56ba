import { isDeepStrictEqual } from "node:util";
import {
  foldRun,
  isEnded,
  joinDue,
  reduce,
  type Change,
  type DurableStore,
  type InboxMessage,
  type LedgerRecord,
  type NewRun,
  type RunState,
  type StoredRun,
  type Wait,
} from "@abstractruntime/core/store";
import { copiedRecords, isCopied } from "./copied-records.ts";
import type { Execution } from "./simulated-world.ts";

/** How one step stands in the ledgers and in the world. */
interface StepHistory {
  executions: number;
  /** Executions that may be repeated although the effect is `never`: certain failures, and what a person said. */
  allowed: number;
  isOver: boolean;
}

/** An answer, event or control message of which the outside was told that it is accepted. */
export interface Accepted {
  readonly runId: string;
  readonly messageId: string;
  readonly waitId: string | null;
}

/** Watches the store and the world, and objects to whatever the runtime promises not to happen. */
export class Witness {
  readonly #store: DurableStore;
  readonly #object: (violation: string) => void;
  readonly #onWait: (run: RunState & { readonly status: "waiting" }) => void;
  readonly #runs = new Map<string, RunState>();
  readonly #ledgers = new Map<string, LedgerRecord[]>();
  readonly #holders = new Map<string, string>();
  readonly #steps = new Map<string, StepHistory>();
  /** The step of each idempotency key. */
  readonly #keys = new Map<string, string>();
  readonly #accepted: (Accepted & { readonly afterSeq: number })[] = [];
  #commits = 0;

  constructor(deps: {
    readonly store: DurableStore;
    readonly object: (violation: string) => void;
    readonly onWait: (run: RunState & { readonly status: "waiting" }) => void;
  }) {
    this.#store = deps.store;
    this.#object = deps.object;
    this.#onWait = deps.onWait;
  }

  get commits(): number {
    return this.#commits;
  }

  get runs(): ReadonlyMap<string, RunState> {
    return this.#runs;
  }

  /** What the outside was told is accepted, so far. */
  get acceptances(): readonly Accepted[] {
    return this.#accepted;
  }

  ledger(runId: string): readonly LedgerRecord[] {
    return this.#ledgers.get(runId) ?? [];
  }

  /** A run was created, or found. */
  async created(process: string, run: NewRun): Promise<readonly string[]> {
    if (run.lease !== null) this.#holds(process, run.lease.leaseId);
    const seen = await this.#look(run.run.runId);
    return [...seen, ...(await this.#children(run.children))];
  }

  /** A change was written, or had been before. */
  async committed(process: string, change: Change): Promise<readonly string[]> {
    if (change.leaseId !== null) this.#holds(process, change.leaseId);
    if (change.lease !== null) this.#holds(process, change.lease.leaseId);
    const seen = await this.#look(change.runId);
    return [...seen, ...(await this.#children(change.children))];
  }

  /** An effect's handler is called. */
  executed({ runId, stepId, replay, attempt, idempotencyKey }: Execution): void {
    const owner = this.#keys.get(idempotencyKey) ?? stepId;
    this.#keys.set(idempotencyKey, owner);
    if (owner !== stepId) this.#object(`${stepId}: executed under the key of ${owner}`);
    const step = this.#step(stepId);
    step.executions += 1;
    if (step.isOver)
      this.#object(`${stepId}: executed (attempt ${attempt}) after its end was committed`);
    if (replay === "never" && step.executions > step.allowed)
      this.#object(`${stepId}: "never" was executed ${step.executions} times`);
    const pending = this.#runs.get(runId)?.pending;
    if (pending?.stepId === stepId && pending.phase !== "begun")
      this.#object(`${stepId}: executed (attempt ${attempt}) while the ledger has it as ready`);
  }

  /** The outside was told that this is accepted. */
  accepted(accepted: Accepted): void {
    const afterSeq = this.#runs.get(accepted.runId)?.seq ?? 0;
    this.#accepted.push({ ...accepted, afterSeq });
  }

  /** Nothing moves any more: look for what should. */
  async atRest(): Promise<void> {
    for (const run of this.#runs.values()) {
      const stored = await this.#store.load(run.runId);
      const inbox = await this.#store.readInbox(run.runId);
      if (stored === undefined) this.#object(`${run.runId} is gone`);
      else await this.#assertRests(stored, inbox);
      if (!isDeepStrictEqual(foldRun(this.ledger(run.runId)), stored?.run))
        this.#object(`${run.runId}: the fold of its whole ledger is not its state`);
    }
    for (const accepted of this.#accepted) await this.#assertKept(accepted);
  }

  /** @returns the kinds of the new records, for the trace */
  async #look(runId: string): Promise<readonly string[]> {
    const stored = await this.#store.load(runId);
    const known = this.#runs.get(runId);
    if (stored === undefined || stored.run.revision === known?.revision) return [];
    const records = await this.#store.records(runId, { after: known?.seq ?? 0 });
    this.#commits += 1;
    const copied = known === undefined ? copiedRecords(runId, records) : [];
    if (!(await isCopied(this.#store, copied, records)))
      this.#object(`${runId}: what it copied is not what its origin has`);
    const before = copied.length === 0 ? known : foldRun(copied);
    const own = records.slice(copied.length);
    this.#assertOneCommit(runId, own, before, stored);
    let run = before;
    for (const record of own) {
      run = run === undefined ? foldRun([record]) : reduce(run, record);
      this.#noteStep(record);
    }
    if (!isDeepStrictEqual(run, stored.run))
      this.#object(
        `${runId}: at revision ${stored.run.revision} the fold of the ledger is not the state`,
      );
    this.#runs.set(runId, stored.run);
    this.#ledgers.set(runId, [...this.ledger(runId), ...records]);
    const { waiting } = stored.run;
    if (stored.run.status === "waiting" && waiting?.waitId !== known?.waiting?.waitId)
      this.#onWait(stored.run);
    return records.map(({ kind }) => kind);
  }

  #assertOneCommit(
    runId: string,
    records: readonly LedgerRecord[],
    known: RunState | undefined,
    { run, head }: StoredRun,
  ): void {
    const revision = (known?.revision ?? 0) + 1;
    if (run.revision !== revision)
      this.#object(`${runId}: revision ${run.revision} follows ${revision - 1}`);
    if (known !== undefined && isEnded(known))
      this.#object(`${runId}: it was ${known.status}, and was written again`);
    records.forEach((record, index) => {
      const at = `${runId}: record ${record.seq} (${record.kind})`;
      if (record.seq !== (known?.seq ?? 0) + 1 + index) this.#object(`${at} leaves a gap`);
      if (record.revision !== revision)
        this.#object(`${at} says revision ${record.revision}, not ${revision}`);
      if (record.commitId !== head.commitId)
        this.#object(`${at} names another commit than the head`);
      if (record.last !== (index === records.length - 1)) this.#object(`${at}: \`last\` is wrong`);
    });
  }

  #noteStep(record: LedgerRecord): void {
    if (!("stepId" in record) || record.stepId === null) return;
    const step = this.#step(record.stepId);
    const endsStep =
      record.kind === "completed" ||
      record.kind === "waiting" ||
      (record.kind === "failed" && record.retryAt === null) ||
      (record.kind === "settled" && record.verdict !== "not_happened");
    if (endsStep && step.isOver)
      this.#object(`${record.stepId}: its end was committed twice (${record.kind})`);
    if (endsStep) step.isOver = true;
    if (
      record.kind === "failed" ||
      (record.kind === "settled" && record.verdict === "not_happened")
    )
      step.allowed += 1;
  }

  #step(stepId: string): StepHistory {
    const known = this.#steps.get(stepId);
    if (known !== undefined) return known;
    const fresh = { executions: 0, allowed: 1, isOver: false };
    this.#steps.set(stepId, fresh);
    return fresh;
  }

  #holds(process: string, leaseId: string): void {
    const holder = this.#holders.get(leaseId) ?? process;
    this.#holders.set(leaseId, holder);
    if (holder !== process)
      this.#object(`lease ${leaseId} is used by ${process}, and was by ${holder}`);
  }

  async #children(children: readonly NewRun[]): Promise<readonly string[]> {
    const seen: string[] = [];
    for (const child of children) {
      const kinds = await this.#look(child.run.runId);
      seen.push(...kinds.map((kind) => `child ${kind}`), ...(await this.#children(child.children)));
    }
    return seen;
  }

  async #assertRests({ run, head }: StoredRun, inbox: readonly InboxMessage[]): Promise<void> {
    if (isEnded(run)) return;
    const { runId } = run;
    if (head.leaseId !== null || head.wakeAt !== null)
      this.#object(
        `${runId}: leased by ${head.leaseOwner} or due at ${head.wakeAt}, and nobody looks`,
      );
    const urgent = run.paused
      ? ["cancel", "unpause"]
      : ["cancel", "pause", "unpause", "limits", "settle"];
    for (const { message } of inbox)
      if (urgent.includes(message.kind))
        this.#object(`${runId}: nobody reads its ${message.kind} message`);
    if (run.paused) return;
    if (run.waiting === null) this.#object(`${runId} is running, and nobody drives it`);
    else await this.#assertWaits(runId, run.waiting, inbox);
  }

  async #assertWaits(runId: string, wait: Wait, inbox: readonly InboxMessage[]): Promise<void> {
    if (wait.until !== null || wait.timeout !== null)
      this.#object(`${runId} waits for a time, and is not due at it`);
    for (const { message } of inbox) {
      const isMeant =
        (message.kind === "event" && wait.waitKeys.includes(message.key)) ||
        (message.kind === "answer" && message.waitId === wait.waitId) ||
        (message.kind === "child_ended" && message.waitId === wait.waitId);
      if (isMeant) this.#object(`${runId} waits, and does not read its ${message.kind}`);
    }
    if (wait.waitKeys.length > 0 && (await this.#store.takeKept(runId, wait.waitKeys)) > 0)
      this.#object(
        `${runId} waits for ${wait.waitKeys.join(", ")}, and does not get the kept event`,
      );
    const childId = wait.reason === "subworkflow" ? wait.details?.["sub_run_id"] : null;
    const child = typeof childId === "string" ? this.#runs.get(childId) : undefined;
    if (child !== undefined && isEnded(child))
      this.#object(`${runId} waits for its child ${child.runId}, which is ${child.status}`);
    this.#assertJoins(runId, wait);
  }

  #assertJoins(runId: string, { join, stepId, waitId }: Wait): void {
    if (join === null) return;
    const children = [...this.#runs.values()].filter(({ parent }) => parent?.stepId === stepId);
    const completed = children.filter(({ status }) => status === "completed").length;
    const counts = { completed, failed: children.filter(isEnded).length - completed };
    const run = this.#runs.get(runId);
    if (run !== undefined && joinDue(run, { waitId, ...counts }, run.updatedAt) !== null)
      this.#object(`${runId} waits for ${join.total} children, of which enough have ended`);
  }

  async #assertKept(accepted: Accepted & { readonly afterSeq: number }): Promise<void> {
    const { runId, messageId, waitId, afterSeq } = accepted;
    const ledger = this.ledger(runId).filter((record) => record.runId === runId);
    const overtaken = ledger.find(
      (record) => record.kind === "timed_out" && record.waitId === waitId && record.seq > afterSeq,
    );
    if (overtaken !== undefined)
      this.#object(
        `${runId}: wait ${waitId} timed out (record ${overtaken.seq}) after its answer was accepted`,
      );
    const inbox = await this.#store.readInbox(runId);
    const isConsumed = ledger.some(
      (record) => "messageId" in record && record.messageId === messageId,
    );
    const isKept = inbox.some(({ message }) => message.messageId === messageId);
    if (!isConsumed && !isKept)
      this.#object(`${runId}: message ${messageId} was accepted, and is lost`);
    const times = ledger.filter(
      (record) => "messageId" in record && record.messageId === messageId,
    );
    const commits = new Set(times.map((record) => record.revision));
    if (commits.size > 1)
      this.#object(`${runId}: message ${messageId} was consumed ${commits.size} times`);
  }
}
