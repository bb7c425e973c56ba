import type { JsonObject } from "@abstractruntime/core/store";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyJson, anyKey } from "../../core/test/arbitrary-json.ts";
import {
  ledgerLines,
  verifyLedger,
  verifyLedgerChain,
  type LedgerHead,
  type LedgerReport,
} from "../src/index.ts";
import { chainedRun, type StoredLedger } from "./chained-run.ts";
import { differsInSpaceOnly, mutate, type Mutation } from "./mutate.ts";
import { pythonChain } from "./python-chain.ts";

/** More of them by MUTATIONS. */
const numRuns = Number(process.env["MUTATIONS"] ?? 10_000) / 2;
const sample = { numRuns: 40, seed: 1 };
const whichLedger = fc.nat({ max: sample.numRuns - 1 });

const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const byte = fc.oneof(
  fc.integer({ min: 0, max: 255 }),
  fc.constantFrom(...[' \t\r\n"{}[]:,\\0'].flatMap((marks) => [...Buffer.from(marks)])),
);
const anyMutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({ kind: fc.constantFrom("replace", "insert"), at: place, byte } as const),
  fc.record({
    kind: fc.constantFrom("remove", "delete", "duplicate", "splice", "rehash", "cut"),
    at: place,
  } as const),
  fc.record({ kind: fc.constant("swap"), at: place, with: place } as const),
);

const changes: fc.Arbitrary<JsonObject> = fc.dictionary(
  anyKey.filter((key) => !/[~/]/.test(key) && !(key in {})),
  anyJson,
  { maxKeys: 2, noNullPrototype: true },
);

/** The first place that a report finds fault with; the number of records where it is the end. */
function firstFault({ chain, problems }: LedgerReport): number {
  const found = problems.flatMap((problem) => ("index" in problem ? [problem.index] : []));
  return Math.min(chain.firstBadIndex ?? Infinity, ...found);
}

function check(
  texts: readonly string[],
  known: { readonly head: LedgerHead; readonly state?: StoredLedger["state"] },
  mutation: Mutation,
): void {
  const { file, index } = mutate(texts, mutation);
  const report = verifyLedger({ texts: ledgerLines(file), ...known });
  const isHarmless = differsInSpaceOnly(texts, file);
  expect({ ok: report.ok, at: firstFault(report) }).toEqual({
    ok: isHarmless,
    at: isHarmless ? Infinity : index,
  });
}

describe("every change of a ledger is found, and its place is named", () => {
  it("in ledgers that we wrote", async () => {
    const commits = fc.array(fc.array(changes, { minLength: 1, maxLength: 3 }), { minLength: 1 });
    const ledgers = await Promise.all(fc.sample(commits, sample).map(chainedRun));
    for (const ledger of ledgers) expect(verifyLedger(ledger).ok).toBe(true);
    fc.assert(
      fc.property(whichLedger, anyMutation, (index, mutation) => {
        const { texts, ...known } = ledgers[index] ?? fail();
        check(texts, known, mutation);
      }),
      { numRuns },
    );
  });

  it("in ledgers that 0.2.0 wrote", () => {
    const ledgers = fc.sample(fc.array(changes, { minLength: 1 }), sample).map((results) => {
      const texts = pythonChain(results.map(legacyRecord));
      const headHash = verifyLedgerChain(texts).headHash as string;
      return { texts, head: { runId: "run", count: texts.length, headHash } };
    });
    for (const ledger of ledgers) expect(verifyLedger(ledger).ok).toBe(true);
    fc.assert(
      fc.property(whichLedger, anyMutation, (index, mutation) => {
        const { texts, head } = ledgers[index] ?? fail();
        check(texts, { head }, mutation);
      }),
      { numRuns },
    );
  });
});

function fail(): never {
  throw new TypeError("there is no such ledger");
}

function legacyRecord(result: JsonObject, index: number): string {
  return JSON.stringify({
    run_id: "run",
    step_id: `step-${index}`,
    node_id: "n",
    status: "completed",
    effect: null,
    result,
    error: null,
    started_at: "2026-03-01T09:00:00+00:00",
    ended_at: null,
    actor_id: null,
    session_id: null,
    attempt: 1,
    idempotency_key: null,
  });
}
