import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hasFailed, isDecided, mayBegin, type Join, type JoinCounts } from "./join.ts";

function joinOf(fields: Partial<Join> = {}): Join {
  return {
    intentSeq: 2,
    total: 5,
    begun: 5,
    need: null,
    onFailure: "settle",
    maxConcurrency: null,
    ...fields,
  };
}

const counts = (completed: number, failed = 0): JoinCounts => ({ completed, failed });

describe("isDecided", () => {
  it.each<[string, Partial<Join>, JoinCounts, boolean]>([
    ["all, one missing", {}, counts(4), false],
    ["all", {}, counts(5), true],
    ["all, one failed", {}, counts(3, 1), false],
    ["all, the last failed", {}, counts(4, 1), true],
    ["all failed", {}, counts(0, 5), true],
    ["all, fail-fast, none failed", { onFailure: "fail_fast" }, counts(4), false],
    ["all, fail-fast, one failed", { onFailure: "fail_fast" }, counts(0, 1), true],
    ["any, none", { need: 1 }, counts(0, 4), false],
    ["any, one", { need: 1 }, counts(1, 3), true],
    ["any, all failed", { need: 1 }, counts(0, 5), true],
    ["any, fail-fast, one failed", { need: 1, onFailure: "fail_fast" }, counts(0, 1), true],
    ["three, two", { need: 3 }, counts(2, 2), false],
    ["three, three", { need: 3 }, counts(3), true],
    ["three, too many failed", { need: 3 }, counts(0, 3), true],
    ["as many as there are, one failed", { need: 5 }, counts(0, 1), true],
    ["one of one, failed", { total: 1, begun: 1, need: 1 }, counts(0, 1), true],
  ])("%s", (_, fields, ended, expected) => {
    expect(isDecided(joinOf(fields), ended)).toBe(expected);
  });
});

describe("hasFailed", () => {
  it.each<[string, Partial<Join>, JoinCounts, boolean]>([
    ["all", {}, counts(5), false],
    ["all, whatever became of each", {}, counts(0, 5), false],
    ["all, fail-fast", { onFailure: "fail_fast" }, counts(5), false],
    ["all, fail-fast, one failed", { onFailure: "fail_fast" }, counts(4, 1), true],
    ["any", { need: 1 }, counts(1, 4), false],
    ["any, none", { need: 1 }, counts(0, 5), true],
    ["any, fail-fast, one failed first", { need: 1, onFailure: "fail_fast" }, counts(0, 1), true],
    ["three, two", { need: 3 }, counts(2, 3), true],
    ["as many as there are", { need: 5 }, counts(5), false],
    ["as many as there are, one failed", { need: 5 }, counts(0, 1), true],
  ])("%s", (_, fields, ended, expected) => {
    expect(hasFailed(joinOf(fields), ended)).toBe(expected);
  });
});

describe("mayBegin", () => {
  it.each<[string, Partial<Join>, JoinCounts, number]>([
    ["nothing is left", {}, counts(5), 0],
    ["no limit", { begun: 2 }, counts(0), 3],
    ["all places taken", { begun: 2, maxConcurrency: 2 }, counts(0), 0],
    ["one place", { begun: 2, maxConcurrency: 2 }, counts(1), 1],
    ["a failed child leaves its place too", { begun: 2, maxConcurrency: 2 }, counts(0, 1), 1],
    ["more places than are left", { begun: 4, maxConcurrency: 3 }, counts(3), 1],
    ["less than a tenth free", { total: 100, begun: 50, maxConcurrency: 50 }, counts(4), 0],
    ["a tenth free", { total: 100, begun: 50, maxConcurrency: 50 }, counts(4, 1), 5],
    [
      "less than a tenth, but all that is left",
      { total: 52, begun: 50, maxConcurrency: 50 },
      counts(2),
      2,
    ],
  ])("%s", (_, fields, ended, expected) => {
    expect(mayBegin(joinOf(fields), ended)).toBe(expected);
  });
});

/** Ends children one by one, in any order, and begins others as soon as they may. */
function play(
  join: Join,
  failures: readonly boolean[],
): { most: number; seen: Join; ended: JoinCounts } {
  let seen = join;
  let ended = counts(0);
  let most = seen.begun;
  for (const failed of failures) {
    if (isDecided(seen, ended)) break;
    ended = failed
      ? counts(ended.completed, ended.failed + 1)
      : counts(ended.completed + 1, ended.failed);
    if (!isDecided(seen, ended)) seen = { ...seen, begun: seen.begun + mayBegin(seen, ended) };
    most = Math.max(most, seen.begun - ended.completed - ended.failed);
  }
  return { most, seen, ended };
}

const anyJoin = fc
  .record({
    total: fc.integer({ min: 1, max: 60 }),
    need: fc.option(fc.nat()),
    onFailure: fc.constantFrom("fail_fast" as const, "settle" as const),
    maxConcurrency: fc.option(fc.integer({ min: 1, max: 70 })),
  })
  .map(({ total, need, maxConcurrency, onFailure }): Join =>
    joinOf({
      total,
      need: need === null ? null : 1 + (need % total),
      begun: Math.min(total, maxConcurrency ?? total),
      onFailure,
      maxConcurrency,
    }),
  );

describe("a join whose children end one by one", () => {
  it("is decided at last, begins no more than it may, and never stands still", () =>
    fc.assert(
      fc.property(
        anyJoin,
        fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }),
        (join, failures) => {
          const { most, seen, ended } = play(join, failures);
          expect(isDecided(seen, ended)).toBe(true);
          expect(most).toBeLessThanOrEqual(join.maxConcurrency ?? join.total);
          expect(seen.begun).toBeLessThanOrEqual(join.total);
          const isEnough = ended.completed >= (join.need ?? join.total - ended.failed);
          const isSpared = join.onFailure === "settle" || ended.failed === 0 || join.need !== null;
          expect(hasFailed(seen, ended)).toBe(!(isEnough && isSpared));
        },
      ),
    ));

  it("always has a living child before it is decided", () =>
    fc.assert(
      fc.property(anyJoin, fc.array(fc.boolean(), { maxLength: 60 }), (join, failures) => {
        const { seen, ended } = play(join, failures);
        const living = seen.begun - ended.completed - ended.failed;
        expect(isDecided(seen, ended) || living > 0).toBe(true);
      }),
    ));
});
