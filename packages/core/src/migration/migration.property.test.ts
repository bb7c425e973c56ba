import { deepStrictEqual, ok, strictEqual } from "node:assert";
import fc from "fast-check";
import { expect, it } from "vitest";
import { anyJson, anyKey } from "../../test/arbitrary-json.ts";
import { anyRun } from "../../test/arbitrary-model.ts";
import { after, now } from "../../test/records.ts";
import { decodeRecord } from "../codec/decode-record.ts";
import { renderRecord } from "../codec/render-record.ts";
import type { JsonValue } from "../json/json-value.ts";
import { isPrototypeKey } from "../json/prototype-keys.ts";
import { stampRecord } from "../ledger/record-body.ts";
import { reduce } from "../run/reduce.ts";
import { isEnded, type RunState } from "../run/run-state.ts";
import { complete } from "../step/plan-helpers.ts";
import { resolvePayload } from "../step/payload.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";
import type { Workflow } from "../workflow/workflow.ts";
import { planMigration } from "./plan-migration.ts";
import { mapNodes } from "./run-nodes.ts";

const names = ["a", "b", "c", "d", "e"] as const;
const anyName = fc.constantFrom<string[]>(...names);

/** Any run under way, at any nodes of a small graph, whose pending effect may refer to its vars. */
const anyStanding: fc.Arbitrary<RunState> = fc
  .tuple(anyRun, fc.array(anyName, { minLength: 7, maxLength: 7 }), fc.option(anyKey))
  .filter(([run, , key]) => !isEnded(run) && (key === null || !isPrototypeKey(key)))
  .map(([run, [...left], key]) => {
    const { pending, ...placed } = mapNodes(run, () => left.pop() ?? "a");
    const base = { ...run, ...placed, workflowVersion: "1" } as RunState;
    if (pending === null) return base;
    const refs = key === null ? null : { "/value": key };
    const payload = { ...pending.effect.payload, value: null };
    return {
      ...base,
      pending: { ...pending, effect: { ...pending.effect, payload, refs } },
    } as RunState;
  });

interface Renamed {
  readonly nodes: readonly string[];
  readonly renames: Readonly<Record<string, string>>;
  readonly writes: readonly { readonly key: string; readonly value: JsonValue | undefined }[];
}

/** Any graph that keeps, loses, adds and renames nodes, with a migration that changes vars. */
const anyRenamed: fc.Arbitrary<Renamed> = fc
  .uniqueArray(fc.constantFrom(...names, "x", "y"), { minLength: 1 })
  .chain((nodes) =>
    fc.record(
      {
        nodes: fc.constant(nodes),
        renames: fc.dictionary(anyName, fc.constantFrom(...nodes), { noNullPrototype: true }),
        writes: fc.array(
          fc.record({ key: anyKey, value: fc.option(anyJson, { nil: undefined }) }),
          { maxLength: 3 },
        ),
      },
      { noNullPrototype: true },
    ),
  );

function workflowOf({ nodes, renames, writes }: Renamed): Workflow {
  return defineWorkflow<string>({
    id: "w",
    version: "2",
    entry: nodes[0] ?? "",
    nodes: Object.fromEntries(nodes.map((node) => [node, () => complete(null)])),
    migrate: [
      {
        from: "1",
        nodes: renames,
        vars: (vars: Record<string, unknown>) => {
          for (const { key, value } of writes) {
            if (value === undefined) delete vars[key];
            else vars[key] = value;
          }
        },
      },
    ],
  });
}

it("migrates a run to nodes that exist, with its step and its wait, or leaves it as it was", async () => {
  const outcomes = { accepted: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(anyStanding, anyRenamed, async (run, renamed) => {
      const workflow = workflowOf(renamed);
      const before = structuredClone(run);
      const plan = await planMigration(run, workflow, now);
      deepStrictEqual(run, before);
      if ("obstacles" in plan) {
        outcomes.refused += 1;
        ok(plan.obstacles.length > 0);
        return;
      }
      outcomes.accepted += 1;
      const migrated = after(run, plan.record);
      for (const node of nodesOf(migrated)) ok(workflow.nodes.has(node), node);
      assertSameStep(run, migrated);
      assertReadsBack(run, plan.record);
    }),
    { numRuns: 500 },
  );
  expect(outcomes.accepted).toBeGreaterThan(50);
  expect(outcomes.refused).toBeGreaterThan(50);
});

it("refuses a run only for what is in its way", () =>
  fc.assert(
    fc.asyncProperty(anyStanding, anyRenamed, async (run, renamed) => {
      const { nodes, renames } = renamed;
      const { resume_to_node: resume, timeout_node: late } = run.pending?.effect.payload ?? {};
      fc.pre(resume === undefined && late === undefined);
      const workflow = workflowOf({ ...renamed, writes: [] });
      const fits = nodesOf(run).every((node) => nodes.includes(renames[node] ?? node));
      strictEqual("record" in (await planMigration(run, workflow, now)), fits);
    }),
    { numRuns: 300 },
  ));

/** Every node that a run names. */
function nodesOf({ currentNode, pending, waiting }: RunState): readonly string[] {
  const nodes = [
    currentNode,
    pending?.nodeId,
    pending?.next,
    pending?.onError,
    waiting?.resumeToNode,
    waiting?.onErrorNode,
    waiting?.timeout?.node,
  ];
  return nodes.filter((node) => node !== undefined && node !== null);
}

/** The step keeps its key, contract and payload; the wait what it waits for. Only where they lead to is new. */
function assertSameStep(run: RunState, migrated: RunState): void {
  strictEqual(migrated.status, run.status);
  strictEqual(migrated.ordinal, run.ordinal);
  if (run.pending !== null && migrated.pending !== null) {
    const { effect, nodeId, next, onError, ...step } = run.pending;
    const { effect: later, nodeId: n, next: x, onError: o, ...same } = migrated.pending;
    deepStrictEqual(same, step);
    deepStrictEqual([x === null, o === null], [next === null, onError === null]);
    ok(nodeId !== "" && n !== "");
    strictEqual(later.type, effect.type);
    deepStrictEqual(resolvePayload(later, migrated.vars), resolvePayload(effect, run.vars));
  }
  if (run.waiting !== null && migrated.waiting !== null) {
    const { resumeToNode, onErrorNode, timeout, ...wait } = run.waiting;
    const { resumeToNode: r, onErrorNode: e, timeout: t, ...same } = migrated.waiting;
    deepStrictEqual(same, wait);
    deepStrictEqual([r === null, e === null], [resumeToNode === null, onErrorNode === null]);
    strictEqual(t?.at, timeout?.at);
  }
}

/** What a store gives back folds to the same run. */
function assertReadsBack(run: RunState, body: Parameters<typeof stampRecord>[0]): void {
  const place = { seq: run.seq + 1, revision: run.revision + 1, commitId: "c" };
  const record = stampRecord(body, run, place);
  const reread = decodeRecord(renderRecord(record), "record");
  deepStrictEqual(reduce(run, reread), reduce(run, record));
}
