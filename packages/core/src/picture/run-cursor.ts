import type { AnsweredRecord, LedgerRecord, SettledRecord } from "../ledger/ledger-record.ts";
import type { Pending } from "../run/pending.ts";
import type { Wait } from "../wait/wait.ts";
import { branchNodes } from "./branch-nodes.ts";
import type { GraphTally } from "./graph-tally.ts";

/** Where a step or a wait leads. */
interface Ways {
  readonly next: string | null;
  readonly onError: string | null;
}

interface WaitWays extends Ways {
  /** Whether time is its proper end. */
  readonly isTimer: boolean;
}

/**
 * Follows one run through its records. It remembers where the run stands and where its open step or wait leads: the record
 * that ends one does not say.
 */
export class RunCursor {
  /** Null when the run's first record was not there. */
  readonly workflowId: string | null;
  #node: string | null = null;
  #step: Ways | null = null;
  #wait: WaitWays | null = null;

  constructor(workflowId: string | null) {
    this.workflowId = workflowId;
  }

  read(record: LedgerRecord, tally: GraphTally): void {
    if (record.nodeId === "") return; // a run that is not entered stands nowhere
    switch (record.kind) {
      case "created":
      case "entered":
        return this.#go(null, record.nodeId, "start", tally);
      case "adopted":
        return this.#stand(record.run.currentNode, record.run, tally);
      case "forked":
      case "migrated":
        return this.#stand(record.nodeId, record, tally);
      case "ready":
      case "begun":
        if (record.intent === null) return;
        this.#walk(record.intent.path, record.nodeId, tally);
        this.#step = record.intent;
        tally.plan(record.nodeId, record.intent.next, "next");
        tally.plan(record.nodeId, record.intent.onError, "error");
        for (const node of branchNodes(record.intent.effect))
          tally.plan(record.nodeId, node, "branch");
        return;
      case "moved":
        return this.#walk(record.path, record.nodeId, tally);
      case "completed":
        if (this.#step === null) return this.#lose(tally);
        return this.#go(record.nodeId, this.#step.next, "next", tally);
      case "failed":
        tally.fail(record.nodeId);
        if (record.retryAt !== null) return;
        if (this.#step === null) return this.#lose(tally);
        return this.#go(record.nodeId, this.#step.onError, "error", tally);
      case "waiting":
        tally.wait(record.nodeId, record.wait, record.runId);
        tally.plan(record.nodeId, record.wait.timeout?.node ?? null, "timeout");
        tally.plan(record.nodeId, record.wait.resumeToNode, "next");
        this.#wait = waysOf(record.wait);
        return;
      case "gated":
        this.#wait = waysOf(record.wait);
        return;
      case "answered":
        return this.#answer(record, tally);
      case "timed_out":
        if (record.next !== null) return this.#go(record.nodeId, record.next, "timeout", tally);
        if (this.#wait === null) return this.#lose(tally);
        return this.#go(
          record.nodeId,
          this.#wait.next,
          this.#wait.isTimer ? "next" : "timeout",
          tally,
        );
      case "settled":
        return this.#settle(record, tally);
      case "ended":
        this.#walk(record.path, record.nodeId, tally);
        return tally.pass(record.nodeId, null, record.status);
      case "interrupted":
      case "branched":
      case "refused":
      case "late":
      case "cancelled":
      case "paused":
      case "unpaused":
      case "limits":
        return;
      default:
        record satisfies never;
    }
  }

  /** Handlers of the nodes on the way ran; the run stands at `node`. */
  #walk(path: readonly string[], node: string, tally: GraphTally): void {
    let from: string | null = null;
    for (const to of [...path, node]) {
      if (from !== null) tally.pass(from, to, "goto");
      // A walk begins where the run stands. Elsewhere: the records do not say how it came there.
      else if (to !== this.#node) tally.visit(to);
      from = to;
    }
    this.#arrive(node);
  }

  #answer(record: AnsweredRecord, tally: GraphTally): void {
    if (this.#wait === null) return this.#lose(tally);
    const { next, onError } = this.#wait;
    return record.error === null
      ? this.#go(record.nodeId, next, "next", tally)
      : this.#go(record.nodeId, onError, "error", tally);
  }

  #settle(record: SettledRecord, tally: GraphTally): void {
    this.#wait = null;
    // Without a step the gate stood before a node, and the run goes on where it is.
    if (record.verdict === "not_happened" || record.stepId === null) return;
    if (this.#step === null) return this.#lose(tally);
    const { next, onError } = this.#step;
    return record.verdict === "give_up" && record.error !== null
      ? this.#go(record.nodeId, onError, "error", tally)
      : this.#go(record.nodeId, next, "next", tally);
  }

  /** Without a target the run stays where it is. */
  #go(
    from: string | null,
    to: string | null,
    kind: "start" | "next" | "error" | "timeout",
    tally: GraphTally,
  ): void {
    if (to !== null) tally.pass(from, to, kind);
    this.#arrive(to ?? from);
  }

  /** A record says where the run stands, with which step and wait. */
  #stand(
    node: string,
    open: { readonly pending: Pending | null; readonly waiting: Wait | null },
    tally: GraphTally,
  ): void {
    if (this.#node !== node) tally.visit(node);
    this.#node = node;
    this.#step = open.pending;
    this.#wait = open.waiting === null ? null : waysOf(open.waiting);
  }

  #arrive(node: string | null): void {
    this.#node = node;
    this.#step = null;
    this.#wait = null;
  }

  #lose(tally: GraphTally): void {
    tally.addUnplaced();
    this.#arrive(null);
  }
}

function waysOf(wait: Wait): WaitWays {
  return { next: wait.resumeToNode, onError: wait.onErrorNode, isTimer: wait.until !== null };
}
