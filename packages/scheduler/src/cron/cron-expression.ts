import { AbstractRuntimeError } from "@abstractruntime/core";
import { Cron } from "croner";

/** Parsing costs as much as half a tick, and few expressions are in use at a time. */
const parsed = new Map<string, Cron>();
const MAX_PARSED = 200;

/** A cron expression in a time zone: pure, it knows no clock. */
export class CronExpression {
  readonly #cron: Cron;

  /** @throws invalid_argument an expression or a zone that there is not, or an expression that no day fulfils */
  constructor(expression: string, timeZone: string) {
    this.#cron = cronOf(expression, timeZone);
  }

  /** The first tick after an instant, in milliseconds since 1970; null: never again. */
  after(ms: number): number | null {
    return this.#cron.nextRun(new Date(ms))?.getTime() ?? null;
  }

  /** The latest ticks up to an instant, the earliest first. */
  upTo(ms: number, limit: number): readonly number[] {
    const latest = this.#cron.previousRuns(limit, new Date(ms + 1));
    return latest.map((date) => date.getTime()).toReversed();
  }
}

function cronOf(expression: string, timeZone: string): Cron {
  const key = `${timeZone} ${expression}`;
  const known = parsed.get(key);
  if (known !== undefined) return known;
  const cron = parse(expression, timeZone);
  if (parsed.size >= MAX_PARSED) parsed.clear();
  parsed.set(key, cron);
  return cron;
}

function parse(expression: string, timeZone: string): Cron {
  assertTimeZone(timeZone);
  const shown = JSON.stringify(expression);
  if (typeof expression !== "string" || expression.includes("?"))
    throw invalid(
      `cron ${shown}: write 5 or 6 fields such as "0 3 * * *"; "?" has no meaning here`,
    );
  const cron = parseFields(expression, timeZone);
  if (cron.nextRun(new Date(0)) === null)
    throw invalid(`cron ${shown}: no day of any year fulfils it: change its day or its month`);
  return cron;
}

function parseFields(expression: string, timeZone: string): Cron {
  try {
    return new Cron(expression, {
      timezone: timeZone,
      mode: "5-or-6-parts",
      fixedTimeRule: "no-wildcard",
    });
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^CronPattern: /, "") : "";
    throw new AbstractRuntimeError(
      "invalid_argument",
      `cron ${JSON.stringify(expression)}: ${why} Write 5 fields (minute hour day month weekday), or 6 with seconds first`,
      { cause: error },
    );
  }
}

/** @throws invalid_argument */
function assertTimeZone(timeZone: unknown): asserts timeZone is string {
  try {
    if (typeof timeZone === "string" && new Intl.DateTimeFormat("en", { timeZone })) return;
  } catch {
    // The message below says it.
  }
  throw invalid(
    `timeZone ${JSON.stringify(timeZone)}: there is no such zone; give an IANA name such as "Europe/Berlin" or "UTC"`,
  );
}

function invalid(message: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_argument", message);
}
