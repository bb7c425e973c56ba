import {
  complete,
  defineWorkflow,
  END,
  goto,
  ref,
  waitAny,
  waitUntil,
  type NodeContext,
  type NodeRun,
  type Plan,
  type WaitAnyResult,
  type Workflow,
} from "@abstractruntime/core";
import { formatInstant, parseInstant } from "@abstractruntime/core/store";
import { bookOutcome, type StartOutcome } from "./book-outcome.ts";
import { applyCommand } from "./commands.ts";
import { commandKey, SCHEDULE_WORKFLOW_ID, scheduleRunId } from "./names.ts";
import { nextTurn } from "./next-turn.ts";
import { effectTypes, type PredecessorStatus } from "./schedule-effects.ts";
import {
  newState,
  type ScheduleState,
  type ScheduleVars,
  type StartItem,
} from "./schedule-vars.ts";

interface Told {
  readonly woken?: WaitAnyResult;
  readonly outcome?: StartOutcome | { readonly error: { readonly message: string } };
  readonly predecessor?: PredecessorStatus;
  checks?: number;
}

type Run = NodeRun<ScheduleVars & { readonly told: Told }>;
type Node =
  | "begin"
  | "take_over"
  | "taken_over"
  | "look"
  | "woken"
  | "booked"
  | "drain"
  | "drained"
  | "hand_over"
  | "handed_over"
  | "wait_to_hand_over";

/** Milliseconds between two attempts to begin the run that takes over, after all its retries failed. */
const HAND_OVER_MS = 60_000;

/**
 * A schedule: a run that waits for the next tick or for a command, starts a run by an effect, and waits again. After some
 * hundred turns it begins a run that takes over, and ends. That one does nothing before this one has ended.
 */
export const scheduleWorkflow: Workflow = defineWorkflow({
  id: SCHEDULE_WORKFLOW_ID,
  entry: "begin",
  nodes: {
    begin: (run: Run): Plan<Node> => {
      const { vars, createdAt } = run;
      if (vars.schedule.predecessor !== null) return goto("take_over");
      vars.state = newState(vars.spec, createdAt);
      return goto("look");
    },
    take_over: ({ vars }: Run): Plan<Node> => ({
      effect: {
        type: effectTypes.predecessor,
        payload: { run_id: vars.schedule.predecessor },
        resultKey: "told.predecessor",
      },
      nextNode: "taken_over",
      onErrorNode: "taken_over",
    }),
    taken_over: ({ vars }: Run): Plan<Node> => {
      const { told } = vars;
      if (told.predecessor === "completed") return goto("look");
      if (told.predecessor === "stopped") return complete({ successor: null });
      const checks = told.checks ?? 0;
      told.checks = Math.min(checks + 1, 10);
      return waitUntil({ afterMs: Math.min(100 * 2 ** checks, 30_000), next: "take_over" });
    },
    look: (run: Run, context): Plan<Node> => {
      const state = stateOf(run.vars);
      state.turns += 1;
      if (state.turns > run.vars.schedule.turns_per_run) return goto("drain");
      const turn = nextTurn(run.vars, state, nowOf(run, context));
      if (turn.do === "end") return goto("drain");
      return turn.do === "start" ? start(run, turn.item) : listen(run, turn.until, "woken");
    },
    woken: (run: Run, context): Plan<Node> => obey(run, context, "look"),
    booked: (run: Run, context): Plan<Node> => {
      bookOutcome(stateOf(run.vars), outcomeOf(run.vars.told.outcome), nowOf(run, context));
      return goto("look");
    },
    // Whoever goes away reads first what it was told; what comes later is kept for the run that takes over.
    drain: (run: Run, context): Plan<Node> => listen(run, context.now(), "drained"),
    drained: (run: Run, context): Plan<Node> => {
      if (run.vars.told.woken?.won === "event") return obey(run, context, "look");
      const state = stateOf(run.vars);
      const isOver = nextTurn(run.vars, state, -Infinity).do === "end";
      return isOver ? complete({ successor: null }) : goto("hand_over");
    },
    hand_over: ({ vars }: Run): Plan<Node> => ({
      effect: {
        type: effectTypes.handOver,
        payload: {
          run_id: successorOf(vars),
          generation: vars.schedule.generation + 1,
          schedule: ref("schedule"),
          spec: ref("spec"),
          state: ref("state"),
        },
      },
      nextNode: "handed_over",
      onErrorNode: "wait_to_hand_over",
    }),
    handed_over: ({ vars }: Run): Plan<Node> => complete({ successor: successorOf(vars) }),
    // Nothing may change between two attempts: the first may have begun that run.
    wait_to_hand_over: (): Plan<Node> => waitUntil({ afterMs: HAND_OVER_MS, next: "hand_over" }),
  },
  edges: {
    begin: ["take_over", "look"],
    take_over: ["taken_over"],
    taken_over: ["look", "take_over", END],
    look: ["woken", "booked", "drain"],
    woken: ["look", "booked"],
    booked: ["look"],
    drain: ["drained"],
    drained: ["look", "booked", "hand_over", END],
    hand_over: ["handed_over", "wait_to_hand_over"],
    handed_over: [END],
    wait_to_hand_over: ["hand_over"],
  },
});

/** Wait for a command, at most until an instant (milliseconds since 1970). */
function listen(run: Run, until: number, next: "woken" | "drained"): Plan<Node> {
  const events = [commandKey(run.vars.schedule.id)];
  return waitAny({ events, until: formatInstant(until), resultKey: "told.woken", next });
}

/** Do what the command says that ended the wait, if one did. */
function obey(run: Run, context: NodeContext, next: "look"): Plan<Node> {
  const woken = run.vars.told.woken;
  if (woken?.won !== "event") return goto(next);
  const item = applyCommand(run.vars, woken.payload, context.now());
  return item === null ? goto(next) : start(run, item);
}

function start({ vars }: Run, item: StartItem): Plan<Node> {
  const state = stateOf(vars);
  state.current = item;
  return {
    effect: {
      type: effectTypes.start,
      payload: {
        schedule_id: vars.schedule.id,
        incarnation: vars.schedule.incarnation,
        kind: item.kind,
        run_id: item.run_id,
        scheduled_for: item.scheduled_for,
        overlap: item.overlap,
        workflow_id: vars.spec.workflow_id,
        last_run_id: state.last.at(-1)?.run_id ?? null,
        // By reference: a large input is not to be in the ledger at every tick.
        input: ref(item.input === null ? "spec.input" : "state.current.input"),
      },
      resultKey: "told.outcome",
    },
    nextNode: "booked",
    onErrorNode: "booked",
  };
}

function outcomeOf(outcome: Told["outcome"]): StartOutcome {
  if (outcome === undefined) return { status: "failed", message: "the start left no outcome" };
  return "error" in outcome ? { status: "failed", message: outcome.error.message } : outcome;
}

/** What the store handed out as due is due, also where this process' clock is slow. */
function nowOf({ vars }: Run, context: NodeContext): number {
  const woken = vars.told.woken;
  return woken?.won === "time" ? Math.max(context.now(), parseInstant(woken.until)) : context.now();
}

function successorOf({ schedule }: ScheduleVars): string {
  return scheduleRunId(schedule.id, schedule.generation + 1);
}

function stateOf(vars: ScheduleVars): ScheduleState {
  return (vars.state ??= newState(vars.spec, vars.spec.start_at ?? formatInstant(0)));
}
