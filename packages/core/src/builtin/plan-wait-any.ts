import type { RunError } from "../run/run-state.ts";
import type { Plan, Write } from "../step/plan.ts";
import type { EventScope } from "../wait/event-key.ts";
import { partsOf, planned, questionOf, type Question, type WaitPlan } from "./plan-waits.ts";
import type { ScopedEvent } from "./scoped-event.ts";

/** What `waitAny` puts under its `resultKey`: which of the things came first, and what it brought. */
export type WaitAnyResult =
  | {
      readonly won: "event";
      readonly key: string;
      readonly payload: Said;
      /** Of a scoped event, as the wait named it. */
      readonly name?: string;
      readonly scope?: EventScope;
    }
  | { readonly won: "user"; readonly answer: Said }
  /** `until` is the instant (ISO 8601) that was waited for. */
  | { readonly won: "time"; readonly until: string }
  | {
      readonly won: "child";
      readonly sub_run_id: string;
      readonly status: "completed" | "failed" | "cancelled";
      readonly output: Said;
      /** Why it failed or was cancelled. */
      readonly error: RunError | null;
    };

// oxlint-disable-next-line typescript/no-explicit-any -- what a person, an event or a child says is the user's own affair
type Said = any;

/** The time part: an instant (ISO 8601 with a zone), or milliseconds from now; and a node for it, instead of `next`. */
type TimePart<Node extends string> =
  | {
      readonly until: string;
      readonly afterMs?: undefined;
      readonly timeoutNode?: Node | undefined;
    }
  | {
      readonly until?: undefined;
      readonly afterMs: number;
      readonly timeoutNode?: Node | undefined;
    }
  | {
      readonly until?: undefined;
      readonly afterMs?: undefined;
      readonly timeoutNode?: undefined;
    };

/**
 * Wait for the first of several different things: events, a person, a time, the ends of children. The result is a
 * `WaitAnyResult`.
 *
 * It is one wait: what comes first ends it for all, in one commit, so that there are never two winners and nothing is
 * left to clear up. What comes later finds no wait: an answer is refused; an event, or a child's end, is kept for a later
 * wait on its key. Children that did not win go on: cancel them, or wait for them again. A child that failed or was
 * cancelled wins with its `status` and `error`, and does not fail this run. A time in the past is over at once.
 */
export function waitAny<
  Known extends string,
  const Id extends string,
  const Key extends string = never,
  const TimeoutId extends string = never,
>(
  options: Pick<WaitPlan<Known, Id, Key, never>, "next" | "resultKey"> &
    TimePart<TimeoutId extends Known ? TimeoutId : NoInfer<Known>> & {
      /** Keys of events, and events by name and scope; the first for any of them wins. */
      readonly events?: readonly (string | ScopedEvent)[] | undefined;
      /** A person's answer. `choices`, and the workflow's `answers` schema for this node, are for this part alone. */
      readonly user?: Question | undefined;
      /** Ids (`sub_run_id`) of children that this run started with `async: true`, and whose ends it has not seen. */
      readonly children?: readonly string[] | undefined;
    },
): Plan<Known & NoInfer<Id | TimeoutId>, never, Write<Key, WaitAnyResult>> {
  const { events, user, children, until, afterMs } = options;
  const payload = {
    events: partsOf(events),
    user: user === undefined ? undefined : questionOf(user),
    until,
    after_ms: afterMs,
    children,
  };
  return planned("wait_any", payload, options);
}
