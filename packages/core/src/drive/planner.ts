import type { BuiltIn, ChildRequest } from "../builtin/built-in.ts";
import { subworkflowKey } from "../builtin/start-subworkflow.ts";
import { isAbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { EffectRequest, Pending } from "../run/pending.ts";
import type { Decision, HandlersResult } from "../step/decision.ts";
import { checkedOutcome } from "../step/checked-outcome.ts";
import { failedOutcome, type Outcome } from "../step/outcome.ts";
import { resolvePayload } from "../step/payload.ts";
import { exhaustedAfter } from "../limits/exhausted.ts";
import { isHeldBack } from "../limits/limit-gate.ts";
import { runHandlers } from "../step/run-handlers.ts";
import { onHandlers, onOutcome } from "../step/transition.ts";
import { replacedParent } from "../json/dotted-path.ts";
import { formatInstant } from "../time/instant.ts";
import type { NodeContext } from "../workflow/node-handler.ts";
import type { Workflow } from "../workflow/workflow.ts";
import { whyNotAwaitable } from "./awaitable.ts";
import { intendAgain } from "../fork/intend-again.ts";
import { rulesFor } from "./effect-call.ts";
import { effectNotHandled } from "./effect-not-handled.ts";
import { JoinKeeper } from "./join-keeper.ts";
import type { Kernel } from "./kernel.ts";
import { newChild } from "./new-child.ts";
import type { RunWriter } from "./run-writer.ts";
import { transitionContext } from "./transition-context.ts";

/** Handlers that take longer let the end of the effect before them be committed first (milliseconds). */
const SLOW_HANDLERS_MS = 100;

export interface PlannerDeps {
  readonly kernel: Kernel;
  readonly workflow: Workflow;
  readonly writer: RunWriter;
  /** Commits what was gathered, and goes on holding the run. */
  readonly commit: () => Promise<void>;
  /** As in `DriveStart`. */
  readonly leavesUnhandled?: boolean;
}

/** Turns a run that has nothing pending into one that has: calls node handlers and records what they decide. */
export class Planner {
  readonly #deps: PlannerDeps;
  readonly #context: NodeContext;
  readonly #joins: JoinKeeper;
  readonly #startedChildren: string[] = [];

  constructor(deps: PlannerDeps) {
    this.#deps = deps;
    this.#joins = new JoinKeeper(deps.kernel, deps.writer);
    this.#context = nodeContext(deps.kernel, deps.writer.runId);
  }

  /** Children that were started and are not waited for. */
  get startedChildren(): readonly string[] {
    return this.#startedChildren;
  }

  /**
   * Call node handlers and record their decision.
   *
   * @returns how many were called
   * @throws effect_not_registered the decision is left to a process that performs the effect: what was before is committed
   */
  async plan(maxSteps: number): Promise<number> {
    const { workflow, writer } = this.#deps;
    const handlers = runHandlers({ workflow, run: writer.run, context: this.#context, maxSteps });
    const result = handlers instanceof Promise ? await this.#guard(handlers) : handlers;
    const { decision } = result;
    if (decision.type === "effect") await this.#intend(result, decision);
    else {
      this.#record(result, "begun", "safe");
      if (decision.type === "goto") await this.#deps.commit();
    }
    return result.steps;
  }

  /** A handler that hangs or dies must not make a finished effect run again. */
  async #guard(handlers: Promise<HandlersResult>): Promise<HandlersResult> {
    const { kernel, writer, commit } = this.#deps;
    if (!writer.isDirty) return handlers;
    let isSlow = false;
    const slow = new Promise<null>((resolve) => {
      const cancel = kernel.clock.schedule(SLOW_HANDLERS_MS, () => {
        isSlow = true;
        resolve(null);
      });
      void handlers.then(cancel);
    });
    const first = await Promise.race([handlers, slow]);
    if (first !== null && !isSlow) return first;
    await commit();
    return handlers;
  }

  async #intend(
    result: HandlersResult,
    decision: Extract<Decision, { type: "effect" }>,
  ): Promise<void> {
    const { kernel, writer } = this.#deps;
    const { type } = decision.effect;
    if (this.#leaves(type)) return this.#leave(type);
    const replay = kernel.effects.get(type)?.replay ?? "safe";
    const bounds = exhaustedAfter(writer.run.vars, result.changes);
    const isReady = replay === "never" || isHeldBack(kernel.effects, type, bounds);
    this.#record(result, isReady ? "ready" : "begun", replay);
    this.#warnOfReplacing(decision.effect);
    const builtIn = kernel.effects.builtIn(type);
    if (builtIn !== undefined) await this.#conclude(builtIn);
  }

  /**
   * A built-in effect that nobody evaluated, as a fork may begin with one, is intended once more, and evaluated as if it
   * had just been planned.
   *
   * @returns whether it is one
   * @throws effect_not_registered, as `plan`
   */
  async evaluateOpen(pending: Pending): Promise<boolean> {
    const { kernel, writer } = this.#deps;
    const { type } = pending.effect;
    if (this.#leaves(type)) return this.#leave(type);
    const builtIn = kernel.effects.builtIn(type);
    if (builtIn === undefined || pending.phase !== "ready") return false;
    writer.add([intendAgain(pending, kernel.clock.now())]);
    await this.#conclude(builtIn);
    return true;
  }

  #leaves(type: string): boolean {
    const { kernel, leavesUnhandled = false } = this.#deps;
    const { effects } = kernel;
    return (
      leavesUnhandled && effects.get(type) === undefined && effects.builtIn(type) === undefined
    );
  }

  /** Who plans an effect says how it may be repeated, so that nobody does who does not know it. */
  async #leave(type: string): Promise<never> {
    const { writer, commit } = this.#deps;
    if (writer.isDirty) await commit();
    throw effectNotHandled(writer.run, type);
  }

  /** The built-in effect that was just intended, and how it ends. */
  async #conclude(builtIn: BuiltIn): Promise<void> {
    const { kernel, writer } = this.#deps;
    const { run } = writer;
    if (run.pending === null) throw new Error(`${run.runId}: an intent leaves its effect pending`);
    const outcome = await this.#evaluate(run.pending, builtIn);
    const rules = rulesFor(kernel, builtIn.type);
    writer.add(onOutcome(run, run.pending, outcome, transitionContext(kernel), rules));
  }

  /** A result under a dotted key replaces scalars and lists on its way, as in 0.2.0, but not in silence. */
  #warnOfReplacing({ type, resultKey }: EffectRequest): void {
    if (resultKey === null) return;
    const { kernel, writer } = this.#deps;
    const { runId, currentNode: nodeId, vars } = writer.run;
    const replaces = replacedParent(vars, resultKey);
    if (replaces === undefined) return;
    kernel.logger.warn("step.result_replaces", {
      runId,
      nodeId,
      effect: type,
      resultKey,
      replaces,
    });
  }

  #record(result: HandlersResult, phase: "ready" | "begun", replay: Pending["replay"]): void {
    const { kernel, writer } = this.#deps;
    writer.add(onHandlers(writer.run, result, transitionContext(kernel), { phase, replay }));
  }

  /** A built-in effect has no outside effect: it ends in the commit that intends it. */
  async #evaluate(pending: Pending, builtIn: BuiltIn): Promise<Outcome> {
    const { kernel, workflow, writer } = this.#deps;
    const { runId, workflowId, sessionId, vars } = writer.run;
    const { nodeId } = pending;
    const context = { runId, nodeId, workflowId, sessionId, now: kernel.clock.now() };
    const payload = resolvePayload(pending.effect, vars);
    const { child, children, awaits, ...said } = builtIn.evaluate(payload, context);
    const outcome = checkedOutcome(workflow, said);
    const refusal = await whyNotAwaitable(kernel, writer, awaits ?? []);
    if (refusal !== null) return refusal;
    try {
      if (outcome.status === "failed") return outcome;
      if (child !== undefined) return await this.#startChild(pending, outcome, child);
      if (children === undefined || outcome.status !== "waiting") return outcome;
      const join = await this.#joins.begin(pending, children);
      return { ...outcome, wait: { ...outcome.wait, join } };
    } catch (error) {
      if (!isAbstractRuntimeError(error)) throw error;
      return failedOutcome(error.code, error.message, { final: true, certain: true });
    }
  }

  async #startChild(step: Pending, outcome: Outcome, request: ChildRequest): Promise<Outcome> {
    const { kernel, writer } = this.#deps;
    const child = await newChild(kernel, writer.run, step, request);
    writer.addChild(child);
    const { runId, workflowId } = child.run;
    if (outcome.status !== "waiting") {
      this.#startedChildren.push(runId);
      return { status: "completed", result: { sub_run_id: runId, async: true } };
    }
    const details = { sub_run_id: runId, sub_workflow_id: workflowId };
    return {
      status: "waiting",
      wait: { ...outcome.wait, shownKey: subworkflowKey(runId), details },
    };
  }
}

function nodeContext(kernel: Kernel, runId: string): NodeContext {
  const { clock, ids, logger, context } = kernel;
  return {
    runId,
    now: () => clock.now(),
    nowIso: () => formatInstant(clock.now()),
    random: () => ids.random(),
    logger,
    context,
  };
}
