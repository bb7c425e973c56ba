import type { FamilySpec, NodeAct, NodeSpec } from "./any-workflow.ts";

const effect = (
  type: Extract<NodeAct, { act: "effect" }>["type"],
  to: number,
  more: Partial<Extract<NodeAct, { act: "effect" }>> = {},
): NodeAct => ({
  act: "effect",
  type,
  fails: 0,
  isFinal: false,
  isUncertain: false,
  takesMs: 100,
  keeps: true,
  to,
  onError: null,
  ...more,
});

const nodes = (...acts: readonly NodeAct[]): readonly NodeSpec[] =>
  acts.map((act, index) => ({
    changes: [{ change: "push" }, { change: index % 2 === 0 ? "deep" : "set" }],
    isAsync: index % 3 === 0,
    act,
  }));

const fanOut = (
  as: Extract<NodeAct, { act: "fan_out" }>["as"],
  more: Omit<Extract<NodeAct, { act: "fan_out" }>, "act" | "as" | "isPatient">,
): NodeAct => ({ act: "fan_out", as, isPatient: true, ...more });

const child = nodes(effect("idempotent", 1), { act: "complete" });

/** Workflows that together take every kind of step; each is started as `root` with fuel for eight nodes. */
export const everyStep: Readonly<Record<string, FamilySpec>> = {
  effects: {
    workflows: [
      nodes(
        effect("safe", 1, { fails: 1 }),
        effect("idempotent", 2),
        effect("never", 3, { fails: 1 }),
        effect("never", 4, { isUncertain: true }),
        effect("job", 5),
        effect("slow", 6, { fails: 1 }),
        effect("safe", 6, { isFinal: true, onError: 7 }),
        { act: "complete" },
      ),
    ],
  },
  waits: {
    workflows: [
      nodes(
        { act: "ask", answersAfterMs: 10, timeoutTo: null, keeps: true, to: 1 },
        { act: "event", when: "early", afterMs: 0, timeoutTo: null, to: 2 },
        { act: "event", when: "both", afterMs: 10, timeoutTo: null, to: 3 },
        { act: "event", when: "never", afterMs: 0, timeoutTo: 4, to: 0 },
        { act: "timer", afterMs: 5_000, to: 5 },
        { act: "goto", to: 6, orTo: 6 },
        { act: "ask", answersAfterMs: null, timeoutTo: 7, keeps: true, to: 0 },
        { act: "fail", throws: false },
      ),
    ],
  },
  "waits for the first of several": {
    workflows: [
      child,
      nodes(
        { act: "any", by: "event", afterMs: 10, timeoutTo: 7, to: 1 },
        { act: "any", by: "user", afterMs: 10, timeoutTo: 7, to: 2 },
        { act: "any", by: "time", afterMs: 5_000, timeoutTo: 3, to: 7 },
        { act: "child", of: 0, isAsync: true, to: 4, onError: null },
        { act: "any", by: "child", afterMs: 0, timeoutTo: 7, to: 5 },
        { act: "any", by: "time", afterMs: 0, timeoutTo: null, to: 6 },
        { act: "complete" },
        { act: "fail", throws: false },
      ),
    ],
  },
  joins: {
    workflows: [
      child,
      nodes(
        fanOut("branches", { at: [6, 7], total: 3, maxConcurrency: 2, to: 1 }),
        fanOut("workflow_each", { at: [0], total: 2, maxConcurrency: 1, to: 2 }),
        { act: "race", how: "win", lost: 1, deciding: 1, takesMs: 50, to: 3, onError: null },
        { act: "race", how: "fail", lost: 2, deciding: 1, takesMs: 50, to: 0, onError: 4 },
        { act: "lost_children", total: 2, maxConcurrency: 1, to: 0, timeoutTo: 5 },
        { act: "complete" },
        effect("idempotent", 5),
        { act: "ask", answersAfterMs: 10, timeoutTo: null, keeps: true, to: 5 },
      ),
    ],
  },
  children: {
    workflows: [
      child,
      nodes({ act: "fail", throws: true }),
      nodes(
        { act: "child", of: 0, isAsync: false, to: 1, onError: null },
        { act: "child", of: 1, isAsync: false, to: 0, onError: 2 },
        { act: "child", of: 0, isAsync: true, to: 3, onError: null },
        { act: "join", to: 4 },
        { act: "lost_child", to: 0, timeoutTo: 5 },
        { act: "child", of: 1, isAsync: false, to: 6, onError: null },
      ),
    ],
  },
};
