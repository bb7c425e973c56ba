import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { between, ticksOf, type Timing } from "./ticks.ts";

const begin = Date.UTC(2026, 2, 28, 22);

const anyTiming: fc.Arbitrary<Timing> = fc.oneof(
  fc.integer({ min: 1_000, max: 5_000_000 }).map((every_ms) => ({ every_ms })),
  fc.constantFrom("*/10 * * * *", "30 2 * * *", "0 */3 * * *").map((cron) => ({
    cron,
    time_zone: "Europe/Berlin",
  })),
  fc.nat({ max: 100_000_000 }).map((ms) => ({ at: new Date(begin + ms).toISOString() })),
);

const anyOffset = fc.integer({ min: -50_000_000, max: 100_000_000 });

describe("ticks", () => {
  it("are the same, whether they are walked, counted, or asked for from the end", () =>
    fc.assert(
      fc.property(
        anyTiming,
        fc.tuple(anyOffset, anyOffset, anyOffset, anyOffset),
        fc.integer({ min: 1, max: 30 }),
        (timing, offsets, limit) => {
          const [from = 0, upTo = 0, startAt = 0, endAt = 0] = offsets.map((ms) => begin + ms);
          const ticks = between(ticksOf(timing, begin), startAt, endAt);
          const walked: number[] = [];
          let tick = ticks.after(from);
          for (; tick !== null && tick <= upTo && walked.length < 2_000; tick = ticks.after(tick))
            walked.push(tick);
          fc.pre(walked.length < 2_000);
          expect(ticks.latest(from, upTo, limit)).toEqual(walked.slice(-limit));
          expect(ticks.count(from, upTo + 1, 2_000)).toBe(walked.length);
          expect(walked.every((at) => at >= startAt && at <= endAt)).toBe(true);
        },
      ),
      { numRuns: 200 },
    ));

  it("of an interval stand at whole distances from where they count", () => {
    const ticks = ticksOf({ every_ms: 5_000 }, begin);
    expect(ticks.after(begin)).toBe(begin + 5_000);
    expect(ticks.after(begin - 1)).toBe(begin);
    expect(ticks.latest(begin, begin + 12_000, 5)).toEqual([begin + 5_000, begin + 10_000]);
  });

  it("of one time are one", () => {
    const ticks = ticksOf({ at: new Date(begin).toISOString() }, 0);
    expect(ticks.after(begin - 1)).toBe(begin);
    expect(ticks.after(begin)).toBeNull();
    expect(ticks.count(begin - 1, begin + 1, 5)).toBe(1);
    expect(ticks.count(begin, begin + 1, 5)).toBe(0);
  });
});
