import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CronExpression } from "./cron-expression.ts";

/** The first ticks after an instant, as instants. */
function ticks(cron: string, zone: string, after: string, count: number): readonly string[] {
  const expression = new CronExpression(cron, zone);
  const found: string[] = [];
  let tick = expression.after(Date.parse(after));
  for (; tick !== null && found.length < count; tick = expression.after(tick))
    found.push(new Date(tick).toISOString().replace(".000Z", "Z"));
  return found;
}

describe("a cron expression", () => {
  it("is read in its zone, in winter and in summer", () => {
    expect(ticks("0 3 * * *", "Europe/Berlin", "2026-01-01T00:00:00Z", 1)).toEqual([
      "2026-01-01T02:00:00Z",
    ]);
    expect(ticks("0 3 * * *", "Europe/Berlin", "2026-07-01T00:00:00Z", 1)).toEqual([
      "2026-07-01T01:00:00Z",
    ]);
    expect(ticks("30 9 * * *", "Asia/Kolkata", "2026-07-01T00:00:00Z", 1)).toEqual([
      "2026-07-01T04:00:00Z",
    ]);
  });

  it("has five fields, or six with seconds first, or a name", () => {
    const from = "2026-03-01T00:00:00.500Z";
    expect(ticks("*/30 * * * * *", "UTC", from, 2)).toEqual([
      "2026-03-01T00:00:30Z",
      "2026-03-01T00:01:00Z",
    ]);
    expect(ticks("0 9 * * MON-FRI", "UTC", from, 1)).toEqual(["2026-03-02T09:00:00Z"]);
    expect(ticks("@monthly", "UTC", from, 1)).toEqual(["2026-04-01T00:00:00Z"]);
    expect(ticks("0 0 L * *", "UTC", from, 1)).toEqual(["2026-03-31T00:00:00Z"]);
    expect(ticks("0 0 29 2 *", "UTC", from, 1)).toEqual(["2028-02-29T00:00:00Z"]);
  });

  it("takes a day of the month or a day of the week, where both are given", () => {
    expect(ticks("0 0 13 * FRI", "UTC", "2026-03-01T00:00:00Z", 3)).toEqual([
      "2026-03-06T00:00:00Z",
      "2026-03-13T00:00:00Z",
      "2026-03-20T00:00:00Z",
    ]);
  });

  describe("when clocks spring forward", () => {
    it("ticks once at the end of the gap, for a time of day that there is not", () => {
      expect(ticks("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 2)).toEqual([
        "2026-03-29T01:00:00Z",
        "2026-03-30T00:30:00Z",
      ]);
      expect(ticks("0,30 2 * * *", "America/New_York", "2026-03-08T05:00:00Z", 2)).toEqual([
        "2026-03-08T07:00:00Z",
        "2026-03-09T06:00:00Z",
      ]);
    });

    it("keeps its distance, where it ticks all day", () => {
      expect(ticks("*/30 * * * *", "Europe/Berlin", "2026-03-29T00:15:00Z", 3)).toEqual([
        "2026-03-29T00:30:00Z",
        "2026-03-29T01:00:00Z",
        "2026-03-29T01:30:00Z",
      ]);
    });
  });

  describe("when clocks fall back", () => {
    it.each(["30 2 * * *", "30 2,14 * * *"])("ticks at %s only once, the first time", (cron) => {
      const found = ticks(cron, "Europe/Berlin", "2026-10-24T12:45:00Z", 2);
      expect(found[0]).toBe("2026-10-25T00:30:00Z");
      expect(found[1]).not.toBe("2026-10-25T01:30:00Z");
    });

    it("ticks in both of the hours, where it ticks all day", () => {
      expect(ticks("*/30 * * * *", "Europe/Berlin", "2026-10-25T00:15:00Z", 4)).toEqual([
        "2026-10-25T00:30:00Z",
        "2026-10-25T01:00:00Z",
        "2026-10-25T01:30:00Z",
        "2026-10-25T02:00:00Z",
      ]);
    });
  });

  it.each([
    ["61 * * * *", "UTC", /cron "61 \* \* \* \*": Invalid value for minute: 61.*Write 5 fields/],
    ["* * * *", "UTC", /cron "\* \* \* \*": .*Write 5 fields/],
    ["", "UTC", /cron "":/],
    ["0 0 3 * * * 2027", "UTC", /7 parts.*or 6 with seconds first/],
    ["? * * * *", "UTC", /"\?" has no meaning here/],
    ["0 0 31 2 *", "UTC", /no day of any year fulfils it/],
    [
      "0 3 * * *",
      "Mars/Olympus",
      /timeZone "Mars\/Olympus": there is no such zone; give an IANA name/,
    ],
    ["0 3 * * *", "", /timeZone "": there is no such zone/],
  ])("%j in %j is refused, and it is said why", (cron, zone, message) => {
    expect(() => new CronExpression(cron, zone)).toThrowError(
      expect.objectContaining({
        code: "invalid_argument",
        message: expect.stringMatching(message),
      }),
    );
  });

  it("ticks at the same instants forward and backward", () => {
    const field = (max: number): fc.Arbitrary<string> =>
      fc.oneof(
        fc.constant("*"),
        fc.integer({ min: 0, max }).map(String),
        fc.tuple(fc.nat({ max }), fc.nat({ max })).map(([a, b]) => `${a},${b}`),
        fc.constantFrom(5, 7, 10, 15).map((step) => `*/${Math.min(step, max)}`),
      );
    const zone = fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe");
    const day = fc.constantFrom(
      "2026-03-08",
      "2026-03-29",
      "2026-04-05",
      "2026-10-04",
      "2026-10-25",
      "2026-11-01",
    );
    fc.assert(
      fc.property(field(59), field(23), zone, day, (minute, hour, timeZone, date) => {
        const expression = new CronExpression(`${minute} ${hour} * * *`, timeZone);
        const noon = Date.parse(`${date}T12:00:00Z`);
        const forward: number[] = [];
        let tick = expression.after(noon - 86_400_000);
        for (; tick !== null && tick <= noon; tick = expression.after(tick)) forward.push(tick);
        const latest = forward.slice(-20);
        expect(expression.upTo(noon, 20).slice(-latest.length || Infinity)).toEqual(latest);
      }),
      { numRuns: 150 },
    );
  });
});
