// Compiled, not run: what must compile, and what must not.
import { expectTypeOf } from "vitest";
import { z } from "zod";
import {
  defineEffect,
  limitsFromConfig,
  startSubworkflow,
  usageOf,
  waitFor,
  type EffectContext,
  type LimitStatus,
  type Runtime,
  type RunState,
  type Usage,
  type UsageReport,
  type WatchEvent,
} from "../index.ts";

// A definition reads its use from what `perform` returns, without waits, or from what its schema makes of that.
defineEffect({
  type: "model",
  replay: "safe",
  perform: async () => (Math.random() < 1 ? { tokens: 5 } : waitFor()),
  usage: (result) => {
    expectTypeOf(result).toEqualTypeOf<{ tokens: number }>();
    return { inputTokens: result.tokens };
  },
});
defineEffect({
  type: "model",
  replay: "safe",
  result: z.object({ usage: z.object({ total: z.number() }) }),
  perform: () => null,
  usage: ({ usage }) => ({ inputTokens: usage.total, cost: undefined }),
  spends: true,
});
defineEffect({
  type: "model",
  replay: "safe",
  perform: () => ({ tokens: 5 }),
  // @ts-expect-error -- there are input tokens and output tokens
  usage: ({ tokens }) => ({ tokens }),
});
defineEffect({
  type: "model",
  replay: "safe",
  perform: () => ({ tokens: 5 }),
  // @ts-expect-error -- the result has no such field
  usage: (result) => ({ inputTokens: result.used }),
});
// @ts-expect-error -- yes or no
defineEffect({ type: "save", replay: "safe", perform: () => null, spends: "never" });

declare const context: EffectContext;
expectTypeOf(context.usage).parameter(0).toEqualTypeOf<UsageReport>();
context.usage({ inputTokens: 1, outputTokens: 2, cost: 0.1, iterations: 1 });
// @ts-expect-error -- a number of them
context.usage({ inputTokens: "1" });
// @ts-expect-error -- attempts are counted by the runtime
context.usage({ effects: 1 });

limitsFromConfig({ budgetCost: 1.5, budgetTokens: null, enforce: true, maxIterations: 5 });
// @ts-expect-error -- no such budget
limitsFromConfig({ budgetWishes: 3 });

startSubworkflow({ workflow: "w", limits: { budgetCost: 1, maxIterations: 3 }, next: "end" });
// @ts-expect-error -- a share is made of bounds, not of what a model call may take
startSubworkflow({ workflow: "w", limits: { maxTokens: 1 }, next: "end" });

declare const runtime: Runtime;
void runtime.updateLimits("run", { budget_cost: null, enforce: false }, { drive: false });
// @ts-expect-error -- a budget is a number, or null for none
void runtime.updateLimits("run", { budget_cost: "lots" });
// @ts-expect-error -- no such limit
void runtime.updateLimits("run", { budget_wishes: 3 });

declare const run: RunState;
expectTypeOf(usageOf(run)).toEqualTypeOf<Usage | undefined>();
expectTypeOf<LimitStatus["budgets"]["budget_cost"]["max"]>().toEqualTypeOf<number | null>();
expectTypeOf<Extract<WatchEvent, { type: "limit" }>["seq"]>().toEqualTypeOf<number>();
