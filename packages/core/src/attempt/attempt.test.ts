import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../../testkit/src/clock/virtual-clock.ts";
import { isInterruption } from "../effect/interruption.ts";
import { Attempt } from "./attempt.ts";

describe("Attempt", () => {
  it("is interrupted when its time is up, and says so by its signal", async () => {
    const clock = new VirtualClock();
    const attempt = new Attempt(clock, 100);
    const { signal } = attempt;
    await clock.advance(99);
    expect(signal.aborted).toBe(false);
    await clock.advance(1);
    expect(signal.reason).toMatchObject({ name: "AbortError", interruption: "timeout" });
    expect(attempt.interruption).toBe(signal.reason);
  });

  it("counts its time anew from each heartbeat", async () => {
    const clock = new VirtualClock();
    const attempt = new Attempt(clock, 100);
    await clock.advance(80);
    attempt.heartbeat();
    await clock.advance(80);
    expect(attempt.interruption).toBeNull();
    await clock.advance(20);
    expect(attempt.interruption?.interruption).toBe("timeout");
    attempt.heartbeat();
    expect(clock.timers).toBe(0);
  });

  it("has all the time in the world without a timeout", async () => {
    const clock = new VirtualClock();
    const attempt = new Attempt(clock, null);
    attempt.heartbeat();
    expect(clock.timers).toBe(0);
    expect(attempt.signal.aborted).toBe(false);
  });

  it("keeps the first reason, also for a signal that is asked for later", () => {
    const attempt = new Attempt(new VirtualClock(), null);
    const reason = new Error("SIGTERM");
    attempt.interrupt("abort", "stopping", reason);
    attempt.interrupt("cancel", "cancelled");
    expect(attempt.signal.aborted).toBe(true);
    expect(attempt.signal.reason).toMatchObject({ interruption: "abort", cause: reason });
  });

  it("lets the work win that ends before it is interrupted, and loses what ends after", async () => {
    const attempt = new Attempt(new VirtualClock(), null);
    expect(await attempt.race(Promise.resolve("done"))).toBe("done");
    await expect(attempt.race(Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    const slow = attempt.race(new Promise<string>(() => {}));
    attempt.interrupt("pause", "paused");
    expect(isInterruption(await slow)).toBe(true);
  });

  it("lets its timer go when it is closed", () => {
    const clock = new VirtualClock();
    const attempt = new Attempt(clock, 100);
    attempt.close();
    attempt.close();
    expect(clock.timers).toBe(0);
  });
});
