import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";

const pattern =
  /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(?:Z|([+-])(\d\d):(\d\d))$/;

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

/**
 * An instant as text: `2026-03-01T09:00:00.250Z`.
 *
 * @throws invalid_instant outside the years 0000 to 9999
 */
export function formatInstant(ms: number): string {
  const date = new Date(ms);
  const year = date.getUTCFullYear();
  if (year >= 0 && year <= 9999) return date.toISOString();
  throw new AbstractRuntimeError(
    "invalid_instant",
    `${ms} ms is no instant of the years 0000 to 9999`,
  );
}

function readInstant(text: string): number | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [
    ,
    year,
    month,
    day,
    hour,
    minute,
    second = "00",
    fraction = "",
    sign,
    zoneHour = "0",
    zoneMinute = "0",
  ] = match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  if (Number(zoneHour) > 23 || Number(zoneMinute) > 59) return undefined;
  const midnight = Date.parse(`${year}-${month}-${day}T00:00:00.000Z`);
  // Date.parse turns February 30 into March 2.
  if (Number.isNaN(midnight) || new Date(midnight).getUTCDate() !== Number(day)) return undefined;
  const minutes = Number(hour) * 60 + Number(minute);
  const offset = (Number(zoneHour) * 60 + Number(zoneMinute)) * (sign === "-" ? -1 : 1);
  return midnight + (minutes - offset) * 60_000 + Number(second) * 1000 + milliseconds(fraction);
}

/** Digits after the decimal point of a second, in whole milliseconds, rounded up. Text, for floats would round 0.0005. */
function milliseconds(fraction: string): number {
  const whole = Number(fraction.slice(0, 3).padEnd(3, "0"));
  return /[1-9]/.test(fraction.slice(3)) ? whole + 1 : whole;
}
