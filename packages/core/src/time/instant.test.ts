import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatInstant, isInstant, parseInstant } from "./instant.ts";

describe("parseInstant", () => {
  it.each([
    ["2026-03-01T09:00:00Z", "2026-03-01T09:00:00.000Z"],
    ["2026-03-01T09:00Z", "2026-03-01T09:00:00.000Z"],
    ["2026-03-01T09:00:00.250000+00:00", "2026-03-01T09:00:00.250Z"],
    ["2026-03-01T09:00:00.25Z", "2026-03-01T09:00:00.250Z"],
    ["2026-04-01T02:00:00+02:00", "2026-04-01T00:00:00.000Z"],
    ["2026-03-01T00:30:00-05:45", "2026-03-01T06:15:00.000Z"],
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"],
    ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"],
    ["1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"],
  ])("reads %s", (text, instant) => {
    expect(formatInstant(parseInstant(text))).toBe(instant);
    expect(isInstant(text)).toBe(true);
  });

  it("rounds up what is finer than a millisecond, so that no timer is early", () => {
    const base = parseInstant("2026-03-01T09:00:00Z");
    expect(parseInstant("2026-03-01T09:00:00.0000001Z")).toBe(base + 1);
    expect(parseInstant("2026-03-01T09:00:00.250000000Z")).toBe(base + 250);
    expect(parseInstant("2026-03-01T09:00:00.999999+00:00")).toBe(base + 1000);
  });

  it.each([
    "",
    "tomorrow",
    "2999",
    "1700000000",
    "12/25/2999",
    "9 Nov 2001",
    "2026-03-01",
    "2026-03-01T09:00:00",
    "2026-03-01 09:00:00Z",
    "2026-03-01T09:00:00z",
    "2026-03-01T09:00:00+0200",
    "2026-03-01T09:00:00+24:00",
    "2026-03-01T09:00:00+02:60",
    "2026-02-30T09:00:00Z",
    "2025-02-29T09:00:00Z",
    "2026-13-01T09:00:00Z",
    "2026-00-01T09:00:00Z",
    "2026-01-00T09:00:00Z",
    "2026-03-01T24:00:00Z",
    "2026-03-01T09:60:00Z",
    "2026-03-01T09:00:60Z",
    "2026-03-01T09:00:00.Z",
    "2026-03-01T09:00:00Z\n",
    "+002026-03-01T09:00:00Z",
  ])("refuses %j (0.2.0 D25)", (text) => {
    expect(() => parseInstant(text)).toThrow(expect.objectContaining({ code: "invalid_instant" }));
    expect(isInstant(text)).toBe(false);
  });

  it("reads every instant that it writes", () => {
    const date = fc.date({
      min: new Date("0000-01-01T00:00:00Z"),
      max: new Date("9999-12-31T23:59:59.999Z"),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(date, (when) => parseInstant(formatInstant(when.getTime())) === when.getTime()),
    );
  });
});

describe("formatInstant", () => {
  it.each([Number.NaN, Number.POSITIVE_INFINITY, 8.64e15, -8.64e15])("refuses %d", (ms) => {
    expect(() => formatInstant(ms)).toThrow(expect.objectContaining({ code: "invalid_instant" }));
  });
});

it("knows that only text is an instant", () => {
  expect(isInstant(0)).toBe(false);
  expect(isInstant(null)).toBe(false);
});
