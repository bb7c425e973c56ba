import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";

const pattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)$/;

/** The calendar repeats after 400 years; Date.UTC takes the years 0 to 99 for 1900 to 1999. */
const calendarYears = 400;
const calendarMs = 146_097 * 86_400_000;

/**
 * Milliseconds since 1970 of an ISO 8601 instant: date, time and zone (`Z` or `±hh:mm`), with any number of fraction
 * digits, as JavaScript's `toISOString` and Python's `isoformat` write it. What is finer than a millisecond is rounded
 * up, so that a timer is never early.
 *
 * @throws invalid_instant for everything else, also for days and hours that no calendar or clock has
 */
export function parseInstant(text: string): number {
  const ms = readInstant(text);
  if (ms !== undefined) return ms;
  throw new AbstractRuntimeError(
    "invalid_instant",
    `${JSON.stringify(text)} is no instant: write date, time and zone like 2026-03-01T09:00:00Z`,
  );
}

/** Whether `parseInstant` accepts it. */
export function isInstant(text: unknown): text is string {
  return typeof text === "string" && readInstant(text) !== undefined;
}

/** Many records are written within one millisecond, and formatting is dear. */
let latest: { readonly ms: number; readonly text: string } = { ms: NaN, text: "" };

/**
 * An instant as text: `2026-03-01T09:00:00.250Z`.
 *
 * @throws invalid_instant outside the years 0000 to 9999
 */
export function formatInstant(ms: number): string {
  if (ms === latest.ms) return latest.text;
  const date = new Date(ms);
  const year = date.getUTCFullYear();
  if (year >= 0 && year <= 9999) return (latest = { ms, text: date.toISOString() }).text;
  throw new AbstractRuntimeError(
    "invalid_instant",
    `${ms} ms is no instant of the years 0000 to 9999`,
  );
}

function readInstant(text: string): number | undefined {
  if (!pattern.test(text)) return undefined;
  const [year, month, day] = [
    Number(text.slice(0, 4)) + calendarYears,
    pair(text, 5),
    pair(text, 8),
  ];
  const [hour, minute] = [pair(text, 11), pair(text, 14)];
  const second = text[16] === ":" ? pair(text, 17) : 0;
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const offset = zoneMinutes(text);
  if (offset === undefined) return undefined;
  return (
    Date.UTC(year, month - 1, day, hour, minute - offset, second, milliseconds(text)) - calendarMs
  );
}

function pair(text: string, at: number): number {
  return (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;
}

function daysIn(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** Minutes that the text's clock is ahead of UTC. */
function zoneMinutes(text: string): number | undefined {
  if (text.endsWith("Z")) return 0;
  const [hours, minutes] = [pair(text, text.length - 5), pair(text, text.length - 2)];
  if (hours > 23 || minutes > 59) return undefined;
  return (text.at(-6) === "-" ? -1 : 1) * (hours * 60 + minutes);
}

/** The fraction of the second in whole milliseconds, rounded up. Read as text, for floats would round 0.0005. */
function milliseconds(text: string): number {
  if (text[19] !== ".") return 0;
  const fraction = text.slice(20, text.endsWith("Z") ? -1 : -6);
  const whole = Number(fraction.slice(0, 3).padEnd(3, "0"));
  return fraction.length > 3 && /[1-9]/.test(fraction.slice(3)) ? whole + 1 : whole;
}
