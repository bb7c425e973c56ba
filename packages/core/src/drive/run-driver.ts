import type { InterruptionCause } from "../effect/interruption.ts";
import { isAbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { InboxMessage } from "../inbox/message.ts";
import type { RecordBody } from "../ledger/record-body.ts";
import type { StoredRun } from "../ports/durable-store.ts";
import type { Pending } from "../run/pending.ts";
import { isEnded, type RunState } from "../run/run-state.ts";
import { checkedOutcome } from "../step/checked-outcome.ts";
import { onOutcome, stuck, withdrawn } from "../step/transition.ts";
import { onTime } from "../wait/on-time.ts";
import type { Wait } from "../wait/wait.ts";
import type { Workflow } from "../workflow/workflow.ts";
import type { DriveStart } from "./drive-start.ts";
import { callEffect, rulesFor, type EffectCall } from "./effect-call.ts";
import { handIn, type EndedAttempt } from "./hand-in.ts";
import { InboxReader } from "./inbox-reader.ts";
import type { Kernel } from "./kernel.ts";
import { leaseLost } from "./lease-lost.ts";
import { Planner } from "./planner.ts";
import { RunWriter } from "./run-writer.ts";
import { towardsCall } from "./towards-call.ts";
import { transitionContext } from "./transition-context.ts";

/** After so many claims without a commit, something kills the drivers of this run. */
const MAX_CLAIMS = 10;

/** Drives one run under one lease: from plan to effect to commit, until it waits, ends, or may go no further. */
export class RunDriver {
  readonly #kernel: Kernel;
  readonly #start: DriveStart;
  readonly #writer: RunWriter;
  readonly #inbox: InboxReader;
  readonly #planner: Planner | null;
  /** How much the store's clock was ahead of ours when the run was claimed, at least (milliseconds). */
  readonly #behind: number;
  #steps: number;
  #call: EffectCall | null = null;
  /** The attempt that this driver began and nobody interrupted. */
  #mine: Pending | null = null;
  /** An effect's end that no commit holds yet. */
  #unwritten: EndedAttempt | null = null;
  #askedForKept: string | null = null;
  #messagesLeft = false;
  #stopping = false;
  #windingDown = false;
  #leaseLost = false;

  constructor(kernel: Kernel, start: DriveStart) {
    this.#kernel = kernel;
    this.#start = start;
    this.#steps = start.workflow === null ? 0 : start.maxSteps;
    this.#behind = start.claimedAt === undefined ? 0 : start.claimedAt - kernel.clock.now();
    this.#writer = new RunWriter(kernel, start.lease, start.subject, start.held);
    this.#inbox = new InboxReader(kernel, this.#writer, start);
    const { workflow, leavesUnhandled = false } = start;
    const deps = { kernel, writer: this.#writer, commit: () => this.#commit(), leavesUnhandled };
    this.#planner = workflow === null ? null : new Planner({ ...deps, workflow });
  }

  get runId(): string {
    return this.#writer.runId;
  }

  /** The run as far as this driver knows it. */
  get run(): RunState {
    return this.#writer.run;
  }

  /** Children that were started and are not waited for: somebody should drive them. */
  get startedChildren(): readonly string[] {
    return this.#planner?.startedChildren ?? [];
  }

  /** Whether messages came with the commit that gave the run back: it is due, and somebody should claim it. */
  get messagesLeft(): boolean {
    return this.#messagesLeft;
  }

  /** The record that was written and consumed this message. */
  readerOf(messageId: string): ReturnType<RunWriter["readerOf"]> {
    return this.#writer.readerOf(messageId);
  }

  /** Runs that were told to cancel with this one. */
  get cancelledRuns(): Iterable<string> {
    return this.#writer.cancelledRuns;
  }

  /** Records that stand before all else, such as `created`. */
  add(bodies: readonly RecordBody[]): void {
    this.#writer.add(bodies);
  }

  /** A message that did not come through the store's inbox. */
  receive(message: InboxMessage): void {
    this.#inbox.receive([message]);
  }

  /** Stop as soon as possible: an effect under way is interrupted, its step stays open, the run is given back. */
  stop(cause: InterruptionCause, message: string, reason?: unknown): void {
    this.#stopping = true;
    this.#call?.attempt.interrupt(cause, message, reason);
  }

  /** Begin nothing more: let an effect under way end, commit it, and give the run back. */
  windDown(): void {
    this.#windingDown = true;
  }

  /** Messages may have come. Those that stop an attempt do so now. Never throws. @returns whether one did. */
  async lookAtInbox(inboxSeq: number = Infinity): Promise<boolean> {
    if (inboxSeq <= this.#writer.inboxSeq || !this.#writer.isHeld) return false;
    try {
      await this.#inbox.fetch();
    } catch (error) {
      this.#kernel.logger.warn("inbox.not_read", { runId: this.runId, error: String(error) });
    }
    const { stop } = this.#inbox;
    if (stop === null || this.#call === null) return false;
    this.#call.attempt.interrupt(stop, `the run was told to ${stop}`);
    return true;
  }

  /**
   * Drive until the run waits, ends, backs off, or the step budget is used up; then it is free.
   *
   * @throws lease_lost, effect_not_registered, RunFound and what the store throws. An outcome in hand is then sent to the run's inbox.
   */
  async drive(): Promise<RunState> {
    const { subject, held } = this.#start;
    if (held) this.#hold(this.#kernel.clock.now());
    try {
      if ("head" in subject && held) await this.#meet(subject);
      while (!(await this.#turn()));
      await this.#inbox.tellLate();
      return this.run;
    } catch (error) {
      if (this.#unwritten !== null) handIn(this.#kernel, this.runId, this.#unwritten);
      throw error;
    } finally {
      this.#kernel.leases.release(this.#start.lease.leaseId);
    }
  }

  /** A claimed run comes with its messages, and with the question why it was claimed so often. */
  async #meet({ run, head }: StoredRun): Promise<void> {
    if (head.inboxSize > 0) this.#inbox.receive(await this.#kernel.store.readInbox(run.runId));
    const { migration = null } = this.#start;
    if (head.claims > MAX_CLAIMS && run.status === "running") {
      const why = `the run was claimed ${head.claims} times`;
      this.#writer.add([stuck(run, why, transitionContext(this.#kernel))]);
      this.#stopping = true;
    } else if (migration !== null) this.#writer.add([migration]);
  }

  /** One look at the run and what it asks for. @returns whether the run was let go. */
  async #turn(): Promise<boolean> {
    if (!this.#inbox.isEmpty) await this.#inbox.read();
    if (this.#writer.isFull) await this.#commit();
    const run = this.#writer.run;
    if (isEnded(run)) return this.#rest();
    if (this.#inbox.hasNews) return false;
    if (run.paused) return this.#rest();
    if (run.status === "waiting") return this.#wait(run.waiting);
    if (this.#stopping) return this.#rest();
    if (run.pending !== null) return this.#step(run.pending);
    if (this.#steps <= 0 || this.#windingDown || this.#planner === null) return this.#rest();
    this.#steps -= await this.#planner.plan(this.#steps);
    if (this.#writer.run.pending?.phase === "begun") this.#mine = this.#writer.run.pending;
    return false;
  }

  #now(): number {
    return Math.max(this.#kernel.clock.now() + this.#behind, this.#start.claimedAt ?? -Infinity);
  }

  async #commit(refuseNewMessages = false): Promise<void> {
    const wasHeld = this.#writer.isHeld;
    const askedAt = this.#kernel.clock.now();
    this.#inbox.receive(await this.#writer.flush({ keepLease: true, refuseNewMessages }));
    this.#unwritten = null;
    if (!wasHeld && this.#writer.isHeld) this.#hold(askedAt);
  }

  #hold(since: number): void {
    const lease = {
      runId: this.runId,
      leaseId: this.#start.lease.leaseId,
      onInbox: (inboxSeq: number) => void this.lookAtInbox(inboxSeq),
      onLost: () => {
        this.#leaseLost = true;
        this.stop(
          "lease_lost",
          "another driver has the run now, or the store could not be reached in time",
        );
      },
    };
    this.#kernel.leases.hold(lease, since);
  }

  /** Nothing is to be done now: commit, and let the run go. @returns false when messages came that must be read. */
  async #rest(): Promise<boolean> {
    const { pending } = this.run;
    if (pending !== null && this.#isMine(pending))
      this.#writer.add([withdrawn(pending, this.#kernel.clock.now())]);
    if (this.#writer.isDirty) {
      const messages = await this.#writer.flush({ keepLease: false });
      this.#unwritten = null;
      this.#messagesLeft = messages.length > 0 && !isEnded(this.run);
      return true;
    }
    if (await this.#writer.giveBack()) return true;
    await this.#inbox.fetch();
    return false;
  }

  /** The run waits: end the wait if its time has come, else let it go, unless an event was kept for it. */
  async #wait(wait: Wait): Promise<boolean> {
    // An answer that was accepted and only others can read comes before the timeout.
    const due = this.#writer.leavesUnread ? [] : onTime(this.run, this.#now());
    if (due.length > 0) {
      if (this.#writer.isDirty) await this.#commit();
      else await this.#timeOut(wait, due);
      return false;
    }
    const { waitId, waitKeys: keys } = wait;
    if (keys.length > 0 && this.#askedForKept !== waitId) {
      if (this.#writer.isDirty) await this.#commit();
      await this.#kernel.store.takeKept(this.runId, keys);
      this.#askedForKept = waitId;
      return false;
    }
    return this.#rest();
  }

  /** A timeout loses against every message that was accepted before it. */
  async #timeOut(wait: Wait, due: readonly RecordBody[]): Promise<void> {
    await this.#inbox.cancelLosers(wait);
    this.#writer.add(due);
    try {
      await this.#commit(true);
    } catch (error) {
      if (!isAbstractRuntimeError(error, "inbox_changed")) throw error;
      this.#writer.discard();
      await this.#inbox.fetch();
    }
  }

  /** The pending effect: take it over, begin it, perform it. @returns whether the run was let go. */
  async #step(pending: Pending): Promise<boolean> {
    const { workflow, maxSteps } = this.#start;
    if (workflow === null) return this.#rest();
    if (this.#isMine(pending)) {
      await this.#perform(pending, workflow);
      return false;
    }
    const isEarly = pending.notBefore !== null && Date.parse(pending.notBefore) > this.#now();
    if (isEarly || maxSteps <= 0 || this.#windingDown) return this.#rest();
    if ((await this.#planner?.evaluateOpen(pending)) === true) return false;
    const isFirst = pending.phase === "ready" && pending.replay === "never";
    if (isFirst && this.#writer.isDirty) await this.#commit();
    this.#writer.add(towardsCall(this.#kernel, this.run, pending, this.#now()));
    this.#mine = this.run.pending;
    return false;
  }

  /** Whether this driver began the attempt, and has not called its handler. */
  #isMine(pending: Pending): boolean {
    const { stepId, attempt } = this.#mine ?? {};
    return pending.phase === "begun" && pending.stepId === stepId && pending.attempt === attempt;
  }

  async #perform(pending: Pending, workflow: Workflow): Promise<void> {
    if (this.#writer.isDirty) await this.#commit();
    if (this.#inbox.hasNews) return; // it may say how the effect ended
    this.#mine = null;
    if (this.#kernel.leases.isStale(this.#start.lease.leaseId)) {
      await this.#kernel.leases.renewNow(this.#start.lease.leaseId);
      const isOld = this.#kernel.leases.isStale(this.#start.lease.leaseId); // the answer may have come late, too
      if (this.#leaseLost || isOld) throw leaseLost(this.runId);
    }
    if (this.#stopping || this.#inbox.stop !== null) {
      this.#writer.add([withdrawn(pending, this.#kernel.clock.now())]);
      return;
    }
    this.#call = callEffect(this.#kernel, this.run, pending, (late) =>
      handIn(this.#kernel, this.runId, { pending, outcome: late }),
    );
    const outcome = checkedOutcome(workflow, await this.#call.outcome);
    this.#call = null;
    if (this.#leaseLost) {
      handIn(this.#kernel, this.runId, { pending, outcome });
      throw leaseLost(this.runId);
    }
    const rules = rulesFor(this.#kernel, pending.effect.type);
    this.#writer.add(onOutcome(this.run, pending, outcome, transitionContext(this.#kernel), rules));
    this.#unwritten = { pending, outcome, unsure: this.#writer.place };
    if (pending.interruptions > 0 && this.#writer.isDirty) await this.#commit();
  }
}
