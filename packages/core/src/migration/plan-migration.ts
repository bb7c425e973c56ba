import { getAtPath } from "../json/dotted-path.ts";
import type { JsonObject } from "../json/json-value.ts";
import type { RecordBody } from "../ledger/record-body.ts";
import type { EffectRequest, Pending } from "../run/pending.ts";
import type { RunState } from "../run/run-state.ts";
import { resolvePayload } from "../step/payload.ts";
import { instantly } from "../step/transition.ts";
import type { Wait } from "../wait/wait.ts";
import type { Workflow } from "../workflow/workflow.ts";
import { migratedVars } from "./migrated-vars.ts";
import type { MigrationRules } from "./migration.ts";
import type { Obstacle } from "./obstacle.ts";
import { mapNodes } from "./run-nodes.ts";

/** The record with which a run goes over to another graph. */
export type MigratedBody = Extract<RecordBody, { kind: "migrated" }>;

/** The record that migrates a run, and by which rules. */
export interface MigrationPlan {
  readonly workflow: Workflow;
  readonly rules: MigrationRules;
  readonly record: MigratedBody;
}

/**
 * What it takes to let a run go on with a workflow that offers to take over its version, or everything that is in the way.
 * Pure, if the workflow's own `vars` is: the same for a dry run and for the driver.
 *
 * @param now milliseconds since 1970
 */
export async function planMigration(
  run: RunState,
  workflow: Workflow,
  now: number,
): Promise<MigrationPlan | { readonly obstacles: readonly Obstacle[] }> {
  const rules = workflow.migrations.get(run.workflowVersion);
  if (rules === undefined) return { obstacles: [notOffered(run, workflow)] };
  const missing = missingNodes(run, workflow, rules);
  const changed = await migratedVars(run, rules, workflow);
  if ("code" in changed) return { obstacles: [...missing, changed] };
  if (missing.length > 0) return { obstacles: missing };
  const { changes, vars } = changed;
  const { currentNode, pending, waiting } = mapNodes(run, (node) => rules.nodes.get(node) ?? node);
  const record: MigratedBody = {
    kind: "migrated",
    nodeId: currentNode,
    workflowVersion: workflow.version,
    graphHash: workflow.graphHash,
    changes,
    pending: pending && withMovedKey(withExactPayload(pending, run.vars, vars), rules),
    waiting: waiting && withMovedResult(waiting, rules),
    ...instantly(now),
  };
  return { workflow, rules, record };
}

export function notOffered(
  { workflowVersion }: RunState,
  { version, graphHash }: Workflow,
): Obstacle {
  const message = `version ${version}, graph ${graphHash}, offers no migration from version ${workflowVersion}`;
  return { code: "no_migration", message };
}

/** Every node that the run names and the new graph does not have. */
function missingNodes(
  run: RunState,
  workflow: Workflow,
  { nodes }: MigrationRules,
): readonly Obstacle[] {
  const missing: Obstacle[] = [];
  mapNodes(run, (node, place) => {
    const isKnown = workflow.nodes.has(nodes.get(node) ?? node);
    const isTold = place === "pending.nodeId" && node === run.currentNode;
    if (!isKnown && !isTold) missing.push(missingNode(place, node, workflow));
    return node;
  });
  return [...missing, ...missingInPayload(run.pending, workflow)];
}

/** An effect that may lead to a wait has its nodes in the payload, which stays as it is. */
function missingInPayload(pending: Pending | null, workflow: Workflow): readonly Obstacle[] {
  const { resume_to_node: resume, timeout_node: timeout } = pending?.effect.payload ?? {};
  return Object.entries({ resume_to_node: resume, timeout_node: timeout }).flatMap(([key, node]) =>
    typeof node !== "string" || node === "" || workflow.nodes.has(node)
      ? []
      : [missingNode(`pending.effect.payload.${key}`, node, workflow)],
  );
}

export function missingNode(place: string, node: string, { version, nodes }: Workflow): Obstacle {
  const known = [...nodes.keys()].join(", ");
  const message = `${place} is node "${node}", which version ${version} does not have; its nodes are ${known}`;
  return { code: "missing_node", message };
}

/** The payload was decided before: where the migration changes what it refers to, the values themselves take their place. */
function withExactPayload(pending: Pending, before: JsonObject, after: JsonObject): Pending {
  const { effect } = pending;
  if (hasSameRefs(effect, before, after)) return pending;
  return { ...pending, effect: { ...effect, payload: resolvePayload(effect, before), refs: null } };
}

/** Whether the references of a payload lead to the same values. What a patch does not touch is the same object. */
export function hasSameRefs(
  { refs }: EffectRequest,
  before: JsonObject,
  after: JsonObject,
): boolean {
  return Object.values(refs ?? {}).every(
    (path) => getAtPath(before, path) === getAtPath(after, path),
  );
}

function withMovedKey(pending: Pending, rules: MigrationRules): Pending {
  const resultKey = movedKey(pending.effect.resultKey, rules);
  return { ...pending, effect: { ...pending.effect, resultKey } };
}

function withMovedResult(wait: Wait, rules: MigrationRules): Wait {
  return { ...wait, resultKey: movedKey(wait.resultKey, rules) };
}

/** A key moves with itself or with the nearest of its parents. */
function movedKey(key: string | null, { resultKeys }: MigrationRules): string | null {
  if (key === null || resultKeys.size === 0) return key;
  const parts = key.split(".");
  for (let length = parts.length; length > 0; length -= 1) {
    const moved = resultKeys.get(parts.slice(0, length).join("."));
    if (moved !== undefined) return [moved, ...parts.slice(length)].join(".");
  }
  return key;
}
