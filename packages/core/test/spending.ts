import {
  complete,
  defineEffect,
  defineWorkflow,
  type Effect,
  type JsonObject,
  type RunState,
  type UsageReport,
} from "../src/index.ts";
import type { World } from "./world.ts";

/** Calls `model` as often as `vars.times` says. */
export const loop = defineWorkflow({
  id: "loop",
  entry: "call",
  nodes: {
    call: (run) =>
      run.vars.done >= run.vars.times
        ? complete(run.vars.done)
        : { effect: { type: "model" }, nextNode: "count" },
    count: (run) => {
      run.vars.done += 1;
      return { nextNode: "call" };
    },
  },
});

/** A model that uses the same at every call, and counts its calls. */
export function modelOf(
  report: UsageReport,
  calls: { n: number } = { n: 0 },
): Effect<"model", unknown, null> {
  return defineEffect({
    type: "model",
    replay: "idempotent",
    perform: (_payload, context) => {
      calls.n += 1;
      context.usage(report);
      return null;
    },
  });
}

export function limitsOf(run: RunState): JsonObject {
  return run.vars["_limits"] as JsonObject; // these tests give no other
}

/** A loop that was started, and what became of it. */
export async function startLoop(
  world: World,
  options: Parameters<World["runtime"]>[0],
  times: number,
) {
  const runtime = world.runtime(options);
  const { runId } = await runtime.start(loop, { vars: { done: 0, times } });
  return { runtime, runId, run: await world.state(runId) };
}
