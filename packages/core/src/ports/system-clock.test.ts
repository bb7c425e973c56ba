import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "./system-clock.ts";

const dayMs = 86_400_000;

describe("systemClock", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it("tells the machine's time", () => {
    vi.setSystemTime("2026-03-01T09:00:00Z");
    expect(systemClock.now()).toBe(Date.parse("2026-03-01T09:00:00Z"));
  });

  it("sleeps as long as it was told, and no shorter", async () => {
    let awake = false;
    const sleep = systemClock.sleep(100).then(() => (awake = true));
    await vi.advanceTimersByTimeAsync(99);
    expect(awake).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await sleep;
    expect(awake).toBe(true);
  });

  it("sleeps longer than a platform timer can", async () => {
    let awake = false;
    const sleep = systemClock.sleep(60 * dayMs).then(() => (awake = true));
    await vi.advanceTimersByTimeAsync(60 * dayMs - 1);
    expect(awake).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await sleep;
    expect(vi.getTimerCount()).toBe(0);
  });

  it("rejects with the signal's reason, before and while it sleeps", async () => {
    const abort = new AbortController();
    const sleep = systemClock.sleep(1_000, { signal: abort.signal });
    const reason = new Error("enough");
    abort.abort(reason);
    await expect(sleep).rejects.toBe(reason);
    await expect(systemClock.sleep(0, { signal: abort.signal })).rejects.toBe(reason);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("calls what is scheduled once, unless it is cancelled", async () => {
    const calls: string[] = [];
    systemClock.schedule(10, () => calls.push("kept"));
    systemClock.schedule(10, () => calls.push("cancelled"))();
    await vi.advanceTimersByTimeAsync(100);
    expect(calls).toEqual(["kept"]);
  });

  it("cancels what is scheduled beyond a platform timer's reach", async () => {
    const calls: string[] = [];
    const cancel = systemClock.schedule(60 * dayMs, () => calls.push("late"));
    await vi.advanceTimersByTimeAsync(40 * dayMs);
    cancel();
    await vi.advanceTimersByTimeAsync(40 * dayMs);
    expect(calls).toEqual([]);
  });
});
