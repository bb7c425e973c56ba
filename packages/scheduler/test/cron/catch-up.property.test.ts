import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CatchUp } from "../../src/cron/index.ts";
import { job, scheduleWorld, timesOf } from "./schedule-world.ts";

const MINUTE = 60_000;
const begin = Date.parse("2026-02-27T22:00:00Z");

interface Times {
  readonly settings: { readonly cron: string } | { readonly every: { readonly minutes: number } };
  /** Whether a minute (milliseconds since 1970) has a tick. */
  readonly isTick: (minute: number) => boolean;
}

const anyEvery: fc.Arbitrary<Times> = fc.integer({ min: 1, max: 90 }).map((minutes) => ({
  settings: { every: { minutes } },
  isTick: (minute) => (minute - begin) % (minutes * MINUTE) === 0,
}));

const anyCron: fc.Arbitrary<Times> = fc
  .tuple(
    fc.uniqueArray(fc.nat({ max: 59 }), { minLength: 1, maxLength: 4 }),
    fc.option(fc.uniqueArray(fc.nat({ max: 23 }), { minLength: 1, maxLength: 3 })),
  )
  .map(([minutes, hours]) => ({
    settings: { cron: `${minutes.join(",")} ${hours?.join(",") ?? "*"} * * *` },
    isTick: (minute) => {
      const date = new Date(minute);
      return (
        minutes.includes(date.getUTCMinutes()) && (hours?.includes(date.getUTCHours()) ?? true)
      );
    },
  }));

interface Policy {
  readonly catchUp: CatchUp;
  readonly maxCatchUp: number;
  readonly catchUpWindowMs: number | null;
  readonly graceMs: number;
}

const anyPolicy: fc.Arbitrary<Policy> = fc.record({
  catchUp: fc.constantFrom("none", "last", "all"),
  maxCatchUp: fc.integer({ min: 1, max: 12 }),
  catchUpWindowMs: fc.option(fc.integer({ min: 0, max: 300 }).map((minutes) => minutes * MINUTE)),
  graceMs: fc.integer({ min: 0, max: 10 }).map((minutes) => minutes * MINUTE),
});

/** Minutes up and minutes down, by turns. */
const anyLife = fc.array(
  fc.tuple(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 600 })),
  {
    minLength: 1,
    maxLength: 4,
  },
);

/** What a schedule should do, said plainly. */
class Model {
  readonly times: Times;
  readonly policy: Policy;
  readonly started: string[] = [];
  missed = 0;
  #decided = begin;

  constructor(times: Times, policy: Policy) {
    this.times = times;
    this.policy = policy;
  }

  /** Somebody drives it at this instant. */
  look(now: number): void {
    const due: number[] = [];
    for (let at = this.#decided + MINUTE; at <= now; at += MINUTE)
      if (this.times.isTick(at)) due.push(at);
    const run = this.#chosen(due).filter((tick) => now - tick <= this.#maxAge);
    this.started.push(...run.map((tick) => new Date(tick).toISOString()));
    this.missed += due.length - run.length;
    this.#decided = Math.floor(now / MINUTE) * MINUTE;
  }

  #chosen(due: readonly number[]): readonly number[] {
    const { catchUp, maxCatchUp } = this.policy;
    return catchUp === "all" ? due.slice(-maxCatchUp) : due.slice(-1);
  }

  get #maxAge(): number {
    const { catchUp, catchUpWindowMs, graceMs } = this.policy;
    return catchUp === "none" ? graceMs : (catchUpWindowMs ?? Infinity);
  }
}

describe("the ticks that are run", () => {
  it("are those that a plain model says, whatever the times, the downtimes and the policy", () =>
    fc.assert(
      fc.asyncProperty(
        fc.oneof(anyEvery, anyCron),
        anyPolicy,
        anyLife,
        async (times, policy, life) => {
          const world = scheduleWorld({ startAt: new Date(begin).toISOString(), turnsPerRun: 10 });
          const process = world.boot();
          const model = new Model(times, policy);
          await process.schedules.create({
            id: "s",
            workflow: job,
            overlap: "allow",
            ...times.settings,
            ...policy,
          });
          for (const [up, down] of life) {
            for (let minute = 0; minute < up; minute += 1) {
              await world.pass(MINUTE, [process], MINUTE);
              model.look(world.clock.now());
            }
            await world.clock.advance(down * MINUTE);
          }
          await world.pass(MINUTE, [process], MINUTE);
          model.look(world.clock.now());
          expect(timesOf(await world.started("s"))).toEqual(model.started);
          const { counts } = await process.schedules.get("s");
          const { started, missed } = counts;
          expect({ started, missed }).toEqual({
            started: model.started.length,
            missed: model.missed,
          });
        },
      ),
      { numRuns: 120 },
    ));
});

describe("runs of a schedule without overlap", () => {
  it("never run beside each other, and each tick is run or counted as skipped", () =>
    fc.assert(
      fc.asyncProperty(
        fc.constantFrom("skip", "buffer_one", "cancel_running"),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 400 }),
        async (overlap, minutes, seconds) => {
          const world = scheduleWorld({ turnsPerRun: 15 });
          const process = world.boot();
          const input = { takesMs: seconds * 1_000 + 1 };
          await process.schedules.create({
            id: "s",
            workflow: job,
            input,
            overlap,
            every: { minutes },
          });
          await world.pass(30 * MINUTE, [process], 5_000);
          const runs = await world.started("s");
          const spans = runs
            .map(({ createdAt, updatedAt, status }) => ({
              from: Date.parse(createdAt),
              to: status === "waiting" ? Infinity : Date.parse(updatedAt),
            }))
            .toSorted((one, other) => one.from - other.from);
          for (const [index, { to }] of spans.entries())
            expect(to).toBeLessThanOrEqual(spans[index + 1]?.from ?? Infinity);
          const { counts, buffered } = await process.schedules.get("s");
          const waiting = buffered === null ? 0 : 1;
          expect(counts.started + counts.skipped + waiting).toBe(Math.floor(30 / minutes));
          expect(counts.started).toBe(runs.length);
          const mayDrop = overlap !== "cancel_running";
          expect(counts.skipped > 0 && !mayDrop).toBe(false);
        },
      ),
      { numRuns: 40 },
    ));
});
