import type { JsonObject, JsonValue } from "@abstractruntime/core";
import { expect } from "vitest";
import type { LegacyStep } from "./legacy-view.ts";
import type { RunAfter, ScenarioAfter } from "./run-scenario.ts";
import type { Action, ActionResult, Expected, Scenario } from "./scenario.ts";

/** Compare what a scenario led to with what 0.2.0 did, but for what is better here on purpose. */
export function expectParity(scenario: Scenario, after: ScenarioAfter, expected: Expected): void {
  same("runs", [...after.runs.keys()].toSorted(), Object.keys(expected.runs).toSorted());
  for (const [alias, run] of after.runs) {
    expectState(run.fields, expected.runs[alias] ?? {}, `run ${alias}`);
    expectSteps(run, expected.ledgers[alias] ?? []);
  }
  same("handler calls", after.handlerCalls, expected.handler_calls);
  same("sleeps", after.sleeps, expected.sleeps);
  scenario.actions.forEach((action, index) => {
    const wanted = expected.actions[index];
    const got = after.actions[index];
    if (wanted === undefined || got === undefined) throw new Error(`action ${index} is missing`);
    const later = expected.actions.slice(index);
    expectAction(action, got, wanted, isAhead(scenario, index) ? later : [wanted]);
  });
}

/**
 * Whether our run may be further than 0.2.0's at this moment: after a power cut, since the end of an effect and what its
 * handlers make of it are one commit; and where a child's end is not yet carried to its parent by hand.
 */
function isAhead(scenario: Scenario, index: number): boolean {
  const before = scenario.actions.slice(0, index + 1).map((action) => action.do);
  const after = scenario.actions.slice(index).map((action) => action.do);
  return before.includes("fault") || after.includes("resume_parent");
}

function expectAction(
  action: Action,
  got: ActionResult,
  wanted: ActionResult,
  allowed: readonly ActionResult[],
): void {
  const where = JSON.stringify(action);
  if ("throws" in wanted) {
    same(where, "throws" in got && got.throws.kind, wanted.throws.kind);
    return;
  }
  if ("throws" in got || !isRun(wanted.returns)) {
    same(where, got, wanted);
    return;
  }
  const run = got.returns as JsonObject;
  const states = allowed.flatMap((result) =>
    "returns" in result && isRun(result.returns) && result.returns["run_id"] === run["run_id"]
      ? [result.returns]
      : [],
  );
  const alike = states.find((state) => isSame(run, state));
  expectState(run, alike ?? wanted.returns, where);
}

function isSame(run: JsonObject, state: JsonObject): boolean {
  return holdsTrue(() => expectState(run, state, ""));
}

/** Whether an expectation is met. What fails for another reason is no answer. */
export function holdsTrue(expectation: () => void): boolean {
  try {
    expectation();
    return true;
  } catch (error) {
    if (error instanceof Error && error.name === "AssertionError") return false;
    throw error;
  }
}

function expectState(run: JsonObject, wanted: JsonObject, where: string): void {
  const waiting = waitOf(wanted["waiting"] ?? null);
  same(
    where,
    { ...run, error: errorText(run["error"]) },
    { ...wanted, waiting, error: errorText(wanted["error"]) },
  );
}

/** A wait for a child begins before the child runs, so that it can't say what the child waits for. */
function waitOf(waiting: JsonValue): JsonValue {
  if (!isObject(waiting) || !isObject(waiting["details"] ?? null)) return waiting;
  const { sub_waiting: _, ...details } = waiting["details"] as JsonObject;
  return { ...waiting, details };
}

function expectSteps({ alias, steps }: RunAfter, wanted: readonly JsonObject[]): void {
  const where = `ledger of ${alias}`;
  same(
    where,
    steps.map(({ fields }) => fields["node_id"]),
    wanted.map((record) => record["node_id"]),
  );
  steps.forEach((step, index) => {
    const record = wanted[index] ?? {};
    const isFolded = step.folded?.["status"] === record["status"];
    const fields = isFolded ? (step.folded ?? step.fields) : step.fields;
    const hasKey = (record["idempotency_key"] ?? null) !== null;
    same(
      `${where}, record ${index}`,
      { ...fields, error: errorText(fields["error"]), hasKey: step.key !== null },
      {
        ...wantedFields(record, Object.keys(fields)),
        error: errorText(record["error"]),
        hasKey,
      },
    );
  });
  expectNames(steps, wanted, where);
}

/** Attempts are told apart as in 0.2.0. Keys are shared by the attempts of a step, and by nothing else. */
function expectNames(
  steps: readonly LegacyStep[],
  wanted: readonly JsonObject[],
  where: string,
): void {
  same(
    `${where}, steps`,
    numbered(steps.map(({ step }) => step)),
    numbered(wanted.map((record) => record["step_id"])),
  );
  const named = steps.filter(({ key }) => key !== null);
  same(
    `${where}, keys`,
    numbered(named.map(({ key }) => key)),
    numbered(named.map(({ visit }) => visit)),
  );
}

/** Compare, and say what was compared when it fails. */
function same(where: string, got: unknown, wanted: unknown): void {
  expect({ [where]: got }).toEqual({ [where]: wanted });
}

function numbered(names: readonly unknown[]): readonly number[] {
  const order = [...new Set(names)];
  return names.map((name) => order.indexOf(name));
}

function wantedFields(record: JsonObject, names: readonly string[]): JsonObject {
  const result = record["result"] ?? null;
  const wait = isObject(result) ? result["wait"] : undefined;
  const plain = wait === undefined ? result : { wait: waitOf(wait) };
  return Object.fromEntries(
    names.map((name) => [name, name === "result" ? plain : (record[name] ?? null)]),
  );
}

/** Texts that are better here: what 0.2.0 said, and what is said instead. */
const betterTexts: readonly (readonly [RegExp, string])[] = [
  [/Effect handler raised exception: /g, ""],
  [
    /start_subworkflow requires a workflow_registry\. Set it via .*?\)$/,
    "Workflow not found in registry",
  ],
  [/Workflow '[^']*' not found in registry/, "Workflow not found in registry"],
];

function errorText(error: JsonValue | undefined): string | null {
  if (typeof error !== "string") return null;
  return betterTexts.reduce((text, [theirs, ours]) => text.replace(theirs, ours), error);
}

function isRun(value: JsonValue): value is JsonObject {
  return isObject(value) && "run_id" in value && "current_node" in value;
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
