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
