import type { JoinResult } from "../builtin/plan-children.ts";
import type { JoinRequest } from "../builtin/start-subworkflows.ts";
import { errorText } from "../errors/error-text.ts";
import { AbstractRuntimeError, isAbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { JoinDueMessage } from "../inbox/message.ts";
import { said } from "../inbox/message-records.ts";
import { isDecided, mayBegin, type Join } from "../join/join.ts";
import { joinOutcome, type EndedChild } from "../join/join-outcome.ts";
import type { JsonObject, JsonValue } from "../json/json-value.ts";
import type { RecordBody } from "../ledger/record-body.ts";
import type { NewRun } from "../ports/durable-store.ts";
import type { Pending } from "../run/pending.ts";
import { isEnded, type RunError, type RunState } from "../run/run-state.ts";
import { resolvePayload } from "../step/payload.ts";
import { endedByEffect } from "../step/transition.ts";
import type { Wait } from "../wait/wait.ts";
import type { Kernel } from "./kernel.ts";
import type { JoinPlan } from "./join-plans.ts";
import { checkChild, newChild, type StartingStep } from "./new-child.ts";
import { readJoinPlan } from "./read-join-plan.ts";
import type { RunWriter } from "./run-writer.ts";

/** So many children begin in one commit at the most, and so many are read at once. */
const BATCH = 500;

/** Sees to the children that a held run waits for: begins them, reads how they ended, and cancels who lost. */
export class JoinKeeper {
  readonly #kernel: Kernel;
  readonly #writer: RunWriter;

  constructor(kernel: Kernel, writer: RunWriter) {
    this.#kernel = kernel;
    this.#writer = writer;
  }

  /**
   * Begin the first children of the run's pending step, in the commit that plans it. All are checked before any begins.
   *
   * @throws as `newChild`
   */
  async begin(pending: Pending, request: JoinRequest): Promise<Join> {
    const { total, need, onFailure, maxConcurrency } = request;
    const { run } = this.#writer;
    const begun = Math.min(total, maxConcurrency ?? total, BATCH);
    const children = await this.#newChildren(pending, request, 0, begun);
    for (let index = begun; index < total; index += 1)
      await named(index, checkChild(this.#kernel, run, request.child(index)));
    for (const child of children) this.#writer.addChild(child);
    const { type } = pending.effect;
    const joinedBy =
      this.#kernel.effects.builtIn(type)?.joined === undefined ? {} : { joinedBy: type };
    if (begun < total || "joinedBy" in joinedBy) {
      const payload = resolvePayload(pending.effect, run.vars);
      this.#kernel.joinPlans.keep(pending.waitId, { step: pending, request, payload });
    }
    return { intentSeq: run.seq, total, begun, need, onFailure, maxConcurrency, ...joinedBy };
  }

  /** What is to be done about the children now: begin more of them, or end the wait. */
  async onDue(wait: Wait, join: Join, message: JoinDueMessage): Promise<readonly RecordBody[]> {
    const { run } = this.#writer;
    if (!this.knows(join)) {
      const why = `No effect handler registered for ${join.joinedBy}`;
      await this.cancelLosers(wait, `run ${run.runId} can't go on: ${why}`);
      return this.#failed(wait, message, this.#error(wait, "effect_not_registered", why));
    }
    if (isDecided(join, message)) return this.#end(wait, join, message);
    const begun = join.begun + Math.min(mayBegin(join, message), BATCH);
    const base = { waitId: wait.waitId, ...said(run, message, this.#kernel.clock.now()) };
    const { step, request } = await this.#planOf(wait, join);
    try {
      const children = await this.#newChildren(step, request, join.begun, begun);
      for (const child of children) this.#writer.addChild(child);
      if (begun === join.total) this.#kernel.joinPlans.forget(wait.waitId);
      return [{ kind: "branched", begun, ...base }];
    } catch (error) {
      if (!isAbstractRuntimeError(error)) throw error;
      await this.cancelLosers(wait, `run ${run.runId} could not begin all of its children`);
      return this.#failed(wait, message, this.#error(wait, error.code, error.message));
    }
  }

  /** Whether this process can say what the ends of the children come to. */
  knows({ joinedBy }: Join): boolean {
    return joinedBy === undefined || this.#kernel.effects.builtIn(joinedBy)?.joined !== undefined;
  }

  /** Tell the children that are still going on that nobody waits for them any more. */
  async cancelLosers(wait: Wait, reason: string): Promise<void> {
    for await (const run of this.#children(wait))
      if (!isEnded(run)) this.#cancel(run, wait, reason);
  }

  async #end(wait: Wait, join: Join, message: JoinDueMessage): Promise<readonly RecordBody[]> {
    const { run } = this.#writer;
    const ended: EndedChild[] = [];
    for await (const child of this.#children(wait)) {
      if (isEnded(child)) ended.push(endOf(child));
      else this.#cancel(child, wait, `run ${run.runId} does not wait for it any more`);
    }
    const outcome = joinOutcome(run, wait.stepId, join, message, ended);
    if ("error" in outcome) return this.#failed(wait, message, outcome.error);
    const { waitId, stepId } = wait;
    const { joinedBy } = join;
    const payload = joinedBy === undefined ? {} : (await this.#planOf(wait, join)).payload;
    this.#kernel.joinPlans.forget(waitId);
    const base = { ...said(run, message, this.#kernel.clock.now()), waitId, stepId, key: null };
    try {
      const result = this.#resultOf(outcome.result, joinedBy, payload);
      return [{ kind: "answered", result, error: null, ...base }];
    } catch (error) {
      const code = isAbstractRuntimeError(error) ? error.code : "effect_error";
      return this.#failed(wait, message, this.#error(wait, code, errorText(error)));
    }
  }

  #resultOf(result: JoinResult, joinedBy: string | undefined, payload: JsonObject): JsonValue {
    const { joined } = (joinedBy && this.#kernel.effects.builtIn(joinedBy)) || {};
    if (joined !== undefined) return joined(result.results, payload);
    return { ...result, results: result.results.map(asJson) };
  }

  #error({ stepId }: Wait, code: string, message: string): RunError {
    return { code, message, nodeId: this.#writer.run.currentNode, stepId, attempt: 1 };
  }

  #failed(wait: Wait, message: JoinDueMessage, error: RunError): readonly RecordBody[] {
    const { run } = this.#writer;
    const now = this.#kernel.clock.now();
    const { waitId, stepId } = wait;
    const base = { ...said(run, message, now), waitId, stepId, key: null };
    const ended = wait.onErrorNode === null ? [endedByEffect(run, error, 1, now)] : [];
    return [{ kind: "answered", result: null, error, ...base }, ...ended];
  }

  #cancel({ runId }: RunState, { waitId }: Wait, reason: string): void {
    const { run } = this.#writer;
    const messageId = `${run.runId}:${waitId}:cancel`;
    const { updatedAt: sentAt, actorId: by } = run;
    this.#writer.addMessage({ runId, message: { kind: "cancel", messageId, by, sentAt, reason } });
  }

  async #newChildren(
    step: StartingStep,
    request: JoinRequest,
    from: number,
    to: number,
  ): Promise<readonly NewRun[]> {
    const children: NewRun[] = [];
    const { run } = this.#writer;
    for (let index = from; index < to; index += 1)
      children.push(await named(index, newChild(this.#kernel, run, step, request.child(index))));
    return children;
  }

  async #planOf(wait: Wait, join: Join): Promise<JoinPlan> {
    const known = this.#kernel.joinPlans.get(wait.waitId);
    if (known !== undefined) return known;
    const plan = await readJoinPlan(this.#kernel, this.#writer.run, wait, join);
    this.#kernel.joinPlans.keep(wait.waitId, plan);
    return plan;
  }

  /** The children that exist, in order of index. */
  async *#children({ stepId }: Wait): AsyncGenerator<RunState> {
    const { runId } = this.#writer.run;
    let cursor: string | undefined;
    do {
      const page = await this.#kernel.store.listChildren(runId, {
        limit: BATCH,
        ...(stepId !== null && { stepId }),
        ...(cursor !== undefined && { cursor }),
      });
      for (const { run } of page.items) yield run;
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
  }
}

/** What is wrong with a child says which one it is. */
async function named<Child>(index: number, child: Promise<Child>): Promise<Child> {
  try {
    return await child;
  } catch (error) {
    if (!isAbstractRuntimeError(error)) throw error;
    const { code, message, details } = error;
    throw new AbstractRuntimeError(code, `child ${index}: ${message}`, {
      details: { ...details, index },
      cause: error,
    });
  }
}

function endOf(run: Extract<RunState, { status: EndedChild["status"] }>): EndedChild {
  const { runId, workflowId, status, output, error, parent, updatedAt: endedAt } = run;
  return { index: parent?.index ?? 0, runId, workflowId, status, output, error, endedAt };
}

function asJson(result: object): JsonValue {
  return { ...result };
}
