import { describe, expect, it } from "vitest";
import { codeOf, handHeld, newWorld } from "../../test/world.ts";
import { askUser } from "../builtin/plan-waits.ts";
import type { EffectContext } from "../effect/effect-definition.ts";
import { complete } from "../step/plan-helpers.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";
import type { WatchEvent } from "./watch-run.ts";

const works = defineWorkflow({
  id: "works",
  entry: "first",
  nodes: {
    first: () => ({ effect: { type: "work", resultKey: "r" }, nextNode: "ask" }),
    ask: () => askUser({ prompt: "?", key: "k", resultKey: "said", next: "last" }),
    last: (run) => complete(run.vars.said),
  },
});

/** Follow events in the background; `seen` grows as they come. */
function follow(events: AsyncIterable<WatchEvent>) {
  const seen: string[] = [];
  const done = (async () => {
    for await (const event of events) {
      if (event.type === "record") seen.push(`${event.seq} ${event.record.kind}`);
      else if (event.type === "progress")
        seen.push(`progress ${event.stepId} ${JSON.stringify(event.data)}`);
    }
  })();
  done.catch(() => {});
  return { seen, done };
}

describe("Runtime.watch", () => {
  it("tells each record once, in order, live, until the run has ended", async () => {
    const world = newWorld();
    const work = handHeld({ type: "work" });
    const runtime = world.runtime({ effects: [work] });
    const driving = runtime.start(works, { id: "run" });
    await world.settle();
    const { seen, done } = follow(runtime.watch("run"));
    await world.settle();
    expect(seen).toEqual(["1 created", "2 begun"]);
    work.calls[0]?.context.progress({ percent: 50 });
    await world.settle();
    expect(seen.at(-1)).toBe('progress run:1 {"percent":50}');
    work.calls[0]?.resolve(1);
    await driving;
    await world.settle();
    expect(seen.slice(3)).toEqual(["3 completed", "4 begun", "5 waiting"]);
    await runtime.resume("run", "yes", { waitKey: "k" });
    await done;
    expect(seen.slice(6)).toEqual(["6 answered", "7 ended"]);
  });

  it("tells what an effect said before it tells of its end, however fast it ended", async () => {
    const world = newWorld();
    const work = handHeld({ type: "work" });
    const runtime = world.runtime({ effects: [work] });
    const driving = runtime.start(works, { id: "run" });
    await world.settle();
    const { seen, done } = follow(runtime.watch("run"));
    await world.settle();
    for (const percent of [50, 99]) work.calls[0]?.context.progress({ percent });
    work.calls[0]?.resolve(1);
    await driving;
    await runtime.resume("run", "yes", { waitKey: "k" });
    await done;
    expect(seen.slice(0, 5)).toEqual([
      "1 created",
      "2 begun",
      'progress run:1 {"percent":50}',
      'progress run:1 {"percent":99}',
      "3 completed",
    ]);
  });

  it("tells what the last effect said, though the run ends in the same moment", async () => {
    const world = newWorld();
    const work = {
      ...handHeld({ type: "work" }),
      perform: (_: unknown, context: EffectContext) => {
        for (const word of ["a", "b"]) context.progress(word);
        return 1;
      },
    };
    const only = defineWorkflow({
      id: "only",
      entry: "first",
      nodes: {
        first: () => ({ effect: { type: "work" }, nextNode: "last" }),
        last: () => complete(null),
      },
    });
    const runtime = world.runtime({ effects: [work] });
    await runtime.start(only, { id: "run", drive: false });
    const { seen, done } = follow(runtime.watch("run"));
    await world.settle();
    await runtime.run("run");
    await done;
    expect(seen).toEqual([
      "1 created",
      "2 begun",
      'progress run:1 "a"',
      'progress run:1 "b"',
      "3 completed",
      "4 ended",
    ]);
  });

  it("goes on after the last record that a watcher saw who was cut off", async () => {
    const world = newWorld();
    const work = handHeld({ type: "work", replay: "safe" });
    const runtime = world.runtime({ effects: [{ ...work, perform: () => 1 }] });
    const run = await runtime.start(works, { id: "run" });
    for await (const event of run.watch()) if (event.type === "record" && event.seq === 2) break;
    const { seen, done } = follow(run.watch({ after: 2 }));
    await runtime.cancelRun("run");
    await done;
    expect(seen).toEqual(["3 completed", "4 begun", "5 waiting", "6 cancelled"]);
  });

  it("follows what other processes do, by looking at the store now and then", async () => {
    const world = newWorld();
    const driver = world.runtime({
      effects: [{ ...handHeld({ type: "work" }), perform: () => 1 }],
    });
    await driver.start(works, { id: "run" });
    const { seen, done } = follow(world.runtime().watch("run", { after: 4 }));
    await world.settle();
    await driver.resume("run", "yes", { waitKey: "k" });
    await world.clock.advance(1_000);
    await done;
    expect(seen).toEqual(["5 waiting", "6 answered", "7 ended"]);
  });

  it("ends at once on a run that has ended, and tells all of it", async () => {
    const world = newWorld();
    const runtime = world.runtime({
      effects: [{ ...handHeld({ type: "work" }), perform: () => 1 }],
    });
    await runtime.start(works, { id: "run" });
    await runtime.cancelRun("run");
    const { seen, done } = follow(runtime.watch("run"));
    await done;
    expect(seen.map((line) => line.split(" ")[1])).toEqual(await world.kinds("run"));
  });

  it("ends with the signal's reason, and does not know unknown runs", async () => {
    const world = newWorld();
    const runtime = world.runtime({
      effects: [{ ...handHeld({ type: "work" }), perform: () => 1 }],
    });
    await runtime.start(works, { id: "run" });
    const stop = new AbortController();
    const { done } = follow(runtime.watch("run", { signal: stop.signal }));
    await world.settle();
    const reason = new Error("enough");
    stop.abort(reason);
    await expect(done).rejects.toBe(reason);
    expect(await codeOf(follow(runtime.watch("nobody")).done)).toBe("run_not_found");
  });
});
