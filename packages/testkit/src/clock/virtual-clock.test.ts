import { describe, expect, it } from "vitest";
import { VirtualClock } from "./virtual-clock.ts";

describe("VirtualClock", () => {
  it("stands still until it is moved", async () => {
    const clock = new VirtualClock({ startAt: "2026-03-01T09:00:00Z" });
    const start = Date.parse("2026-03-01T09:00:00Z");
    expect(clock.now()).toBe(start);
    await clock.advance(1_500);
    expect(clock.now()).toBe(start + 1_500);
    await clock.advanceTo("2026-03-02T00:00:00+01:00");
    expect(clock.now()).toBe(Date.parse("2026-03-01T23:00:00Z"));
  });

  it("never goes back", async () => {
    const clock = new VirtualClock();
    await clock.advance(10);
    await clock.advanceTo("2020-01-01T00:00:00Z");
    expect(clock.now()).toBe(Date.parse("2026-01-01T00:00:00.010Z"));
  });

  it("fires what falls due, in order of time, then of setting, each at its own time", async () => {
    const clock = new VirtualClock();
    const start = clock.now();
    const fired: (readonly [string, number])[] = [];
    const note = (name: string) => () => void fired.push([name, clock.now() - start]);
    clock.schedule(20, note("c"));
    clock.schedule(10, note("a"));
    clock.schedule(10, note("b"));
    clock.schedule(21, note("later"));
    await clock.advance(20);
    expect(fired).toEqual([
      ["a", 10],
      ["b", 10],
      ["c", 20],
    ]);
    expect([clock.timers, clock.nextTimerAt()]).toEqual([1, start + 21]);
  });

  it("fires timers that timers set, when they fall due on the way", async () => {
    const clock = new VirtualClock();
    const slept: number[] = [];
    const start = clock.now();
    const beat = async (): Promise<void> => {
      for (;;) {
        await clock.sleep(10);
        slept.push(clock.now() - start);
      }
    };
    void beat();
    await clock.advance(35);
    expect(slept).toEqual([10, 20, 30]);
  });

  it("lets a sleeper run to its next wait before the following timer fires", async () => {
    const clock = new VirtualClock();
    const order: string[] = [];
    clock.schedule(10, () => order.push("timer"));
    const sleeper = (async () => {
      await clock.sleep(5);
      for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
      order.push("sleeper");
    })();
    await clock.advance(10);
    await sleeper;
    expect(order).toEqual(["sleeper", "timer"]);
  });

  it("forgets a timer that is cancelled, and a sleeper that is aborted", async () => {
    const clock = new VirtualClock();
    const fired: string[] = [];
    clock.schedule(1, () => fired.push("cancelled"))();
    const abort = new AbortController();
    const sleep = clock.sleep(5, { signal: abort.signal });
    abort.abort(new Error("enough"));
    await expect(sleep).rejects.toThrow("enough");
    await expect(clock.sleep(5, { signal: abort.signal })).rejects.toThrow("enough");
    expect(clock.timers).toBe(0);
    await clock.advance(10);
    expect(fired).toEqual([]);
  });

  it("runs until nothing is set any more, and goes no further", async () => {
    const clock = new VirtualClock();
    const start = clock.now();
    let left = 3;
    const again = (): void => {
      left -= 1;
      if (left > 0) clock.schedule(86_400_000, again);
    };
    clock.schedule(0, again);
    await clock.runUntilIdle();
    expect([left, clock.now() - start]).toEqual([0, 2 * 86_400_000]);
    expect(await clock.runNext()).toBe(false);
  });

  it("gives up on timers that set each other for ever", async () => {
    const clock = new VirtualClock();
    const again = (): void => void clock.schedule(1, again);
    again();
    await expect(clock.runUntilIdle({ maxTimers: 5 })).rejects.toThrow("not idle after 5 timers");
  });
});
