import type { DurableStore } from "../ports/durable-store.ts";
import type { Limits } from "../limits/limits.ts";
import { isEnded, isEntered, type RunState } from "../run/run-state.ts";
import type { Workflow } from "../workflow/workflow.ts";
import type { WorkflowRegistry } from "../workflow/workflow-registry.ts";
import { childrenInTheWay } from "./children-to-begin.ts";
import type { Obstacle } from "./obstacle.ts";
import { planEntry, type EntryBody } from "./plan-entry.ts";
import { missingNode, notOffered, planMigration, type MigratedBody } from "./plan-migration.ts";
import { mapNodes, mayRunCurrentNode } from "./run-nodes.ts";

/** The graph by which a run may be driven, and what has to be written before. */
export interface Passage {
  readonly workflow: Workflow;
  /** Null: the run goes on as it is. A run without a graph gets it, or fails for want of an input. */
  readonly migration: MigratedBody | EntryBody | null;
  /** A run that has to be migrated before this one. */
  readonly first: string | null;
}

/** No graph that is registered may drive the run; without obstacles, none of its workflow is. */
export interface NoPassage {
  readonly obstacles: readonly Obstacle[];
}

export interface PassageDeps {
  readonly workflows: WorkflowRegistry;
  readonly store: Pick<DurableStore, "load" | "records">;
  /** Of runs that have no limits yet. */
  readonly limits: Limits;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * The registered graph that may drive a run as it is: the one it was started with. A run of 0.2.0 knows none; the latest
 * will do, unless it offers to migrate such runs, or lacks a node to which the run may go.
 */
export function graphFor(workflows: WorkflowRegistry, run: RunState): Workflow | undefined {
  if (!isEntered(run)) return undefined;
  const workflow = workflows.get(run.workflowId, run.graphHash);
  if (workflow === undefined || run.graphHash !== null) return workflow;
  if (workflows.taking(run.workflowId, run.workflowVersion) !== undefined) return undefined;
  return nodesAhead(run, workflow).length === 0 ? workflow : undefined;
}

/** By which graph a run may be driven: its own, or the latest that takes it over. Writes nothing. */
export async function findPassage(deps: PassageDeps, run: RunState): Promise<Passage | NoPassage> {
  const own = graphFor(deps.workflows, run);
  if (own !== undefined) return { workflow: own, migration: null, first: null };
  if (!isEntered(run)) return entryFor(deps, run);
  const latest = deps.workflows.get(run.workflowId);
  if (latest === undefined) return { obstacles: [] };
  const parent = run.parent?.branch === true ? await livingParent(deps, run.parent.runId) : null;
  if (parent !== null) return passageOfBranch(deps, run, parent);
  const taker = deps.workflows.taking(run.workflowId, run.workflowVersion);
  if (taker !== undefined) return passageTo(deps, run, taker, null);
  return {
    obstacles: run.graphHash === null ? nodesAhead(run, latest) : [notOffered(run, latest)],
  };
}

/** A run that was started by its workflow's id begins with the latest version, or with the one that it names. */
async function entryFor(
  { workflows, limits, now }: PassageDeps,
  run: RunState,
): Promise<Passage | NoPassage> {
  const { workflowId, workflowVersion } = run;
  const workflow = workflows.ofVersion(workflowId, workflowVersion);
  if (workflow !== undefined)
    return { workflow, migration: await planEntry(run, workflow, limits, now), first: null };
  if (!workflows.has(workflowId)) return { obstacles: [] };
  const message = `it may only be started by version ${workflowVersion}, which is not registered`;
  return { obstacles: [{ code: "other_version", message }] };
}

/** A branch goes where its parent goes, and after it: what it ends with is read by the parent's nodes. */
async function passageOfBranch(
  deps: PassageDeps,
  run: RunState,
  parent: RunState,
): Promise<Passage | NoPassage> {
  const above = await findPassage(deps, parent);
  if (!("obstacles" in above)) {
    const first = above.migration === null ? above.first : parent.runId;
    return passageTo(deps, run, above.workflow, first);
  }
  const reasons = above.obstacles.map(({ message }) => message).join("; ");
  const message = `the run is a branch of ${parent.runId}, which can't be migrated: ${reasons}`;
  return { obstacles: [{ code: "parent_not_migrated", message }] };
}

async function passageTo(
  deps: PassageDeps,
  run: RunState,
  workflow: Workflow,
  first: string | null,
): Promise<Passage | NoPassage> {
  const plan = await planMigration(run, workflow, deps.now);
  if ("obstacles" in plan) return plan;
  const children = await childrenInTheWay(deps.store, run, plan);
  if (children !== null) return { obstacles: [children] };
  return { workflow, migration: plan.record, first };
}

async function livingParent({ store }: PassageDeps, runId: string): Promise<RunState | null> {
  const stored = await store.load(runId);
  return stored === undefined || isEnded(stored.run) ? null : stored.run;
}

/** The nodes to which the run may go next and that a graph does not have. */
function nodesAhead(run: RunState, workflow: Workflow): readonly Obstacle[] {
  const missing: Obstacle[] = [];
  mapNodes(run, (node, place) => {
    const isAhead = place === "currentNode" ? mayRunCurrentNode(run) : place !== "pending.nodeId";
    if (isAhead && !workflow.nodes.has(node)) missing.push(missingNode(place, node, workflow));
    return node;
  });
  return missing;
}
