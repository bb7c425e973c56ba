import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { defaultLimits } from "../limits/limits.ts";
import type { Abortable } from "../ports/abortable.ts";
import type { DurableStore } from "../ports/durable-store.ts";
import type { RunState } from "../run/run-state.ts";
import type { Workflow } from "../workflow/workflow.ts";
import { WorkflowRegistry } from "../workflow/workflow-registry.ts";
import type { Obstacle } from "./obstacle.ts";
import { findPassage } from "./passage.ts";
import type { MigratedBody } from "./plan-migration.ts";
import { mapNodes, type NodePlace, type Standing } from "./run-nodes.ts";

/** What a deployment would do to one run. */
export interface RunCheck {
  readonly runId: string;
  readonly status: RunState["status"];
  /** The version and graph that the run has now; null for one of 0.2.0. */
  readonly workflowVersion: string | null;
  readonly graphHash: string | null;
  readonly currentNode: string;
  /**
   * `same_graph`: it goes on as it is, because its graph is registered, or because 0.2.0 wrote it and all nodes are there to
   * which it may go. `migrates`: when it is driven next. `breaks`: it is left alone, and can't be driven.
   */
  readonly verdict: "same_graph" | "migrates" | "breaks";
  /** Where a node gets another name. */
  readonly moves: readonly NodeMove[];
  /** Why it breaks. */
  readonly obstacles: readonly Obstacle[];
}

export interface NodeMove {
  readonly place: NodePlace;
  readonly from: string;
  readonly to: string;
}

/** How many runs a verdict meets, and the first of them. */
export interface RunChecks {
  readonly count: number;
  readonly first: readonly RunCheck[];
}

export interface MigrationReport {
  readonly workflowId: string;
  readonly version: string;
  readonly graphHash: string;
  /** Runs under way that were looked at. */
  readonly total: number;
  readonly sameGraph: RunChecks;
  readonly migrates: RunChecks;
  readonly breaks: RunChecks;
}

export interface CheckMigrationOptions extends Abortable {
  /** Versions that stay registered beside the new one. */
  readonly beside?: readonly Workflow[] | undefined;
  /** So many runs of each verdict stand in the report; 20 by default. */
  readonly maxDetails?: number | undefined;
  /** Told of each run that was looked at, in no order that is promised. */
  readonly onRun?: ((check: RunCheck) => void) | undefined;
  /** Runs that are in memory at the same time, 1 to 1,000; 100 by default. */
  readonly pageSize?: number | undefined;
}

/**
 * What would become of the runs that are under way if `workflow` were deployed in place of the versions that started them.
 * Nothing is written, and nobody is kept from driving: of a store that is at work, the numbers are those of the moment.
 *
 * @throws invalid_argument, duplicate_workflow, and what the store throws
 */
export async function checkMigration(
  store: Pick<DurableStore, "list" | "load" | "records">,
  workflow: Workflow,
  options: CheckMigrationOptions = {},
): Promise<MigrationReport> {
  assertArguments(store, workflow, options);
  const { beside = [], maxDetails = 20, onRun = () => {} } = options;
  const deps = {
    workflows: new WorkflowRegistry([...beside, workflow]),
    store,
    limits: defaultLimits,
    now: 0,
  };
  const tallies = { same_graph: new Tally(), migrates: new Tally(), breaks: new Tally() };
  for await (const run of runsUnderWay(store, workflow.id, options)) {
    const check = checkOf(run, await findPassage(deps, run));
    tallies[check.verdict].add(check, maxDetails);
    onRun(check);
  }
  const { same_graph: sameGraph, migrates, breaks } = tallies;
  return {
    workflowId: workflow.id,
    version: workflow.version,
    graphHash: workflow.graphHash,
    total: sameGraph.count + migrates.count + breaks.count,
    sameGraph: sameGraph.report(),
    migrates: migrates.report(),
    breaks: breaks.report(),
  };
}

async function* runsUnderWay(
  store: Pick<DurableStore, "list">,
  workflowId: string,
  { pageSize = 100, signal }: CheckMigrationOptions,
): AsyncGenerator<RunState> {
  for (const status of ["running", "waiting"] as const) {
    let cursor: string | undefined;
    do {
      signal?.throwIfAborted();
      const query = { workflowId, status, limit: pageSize };
      const page = await store.list(cursor === undefined ? query : { ...query, cursor }, {
        signal,
      });
      for (const { run } of page.items) yield run;
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
  }
}

function checkOf(run: RunState, passage: Awaited<ReturnType<typeof findPassage>>): RunCheck {
  const { runId, status, workflowVersion, graphHash, currentNode } = run;
  const base = { runId, status, workflowVersion, graphHash, currentNode };
  if ("obstacles" in passage)
    return { ...base, verdict: "breaks", moves: [], obstacles: passage.obstacles };
  const { migration } = passage;
  if (migration?.kind === "ended") {
    const message = migration.error?.message ?? "";
    return {
      ...base,
      verdict: "breaks",
      moves: [],
      obstacles: [{ code: "schema_mismatch", message }],
    };
  }
  if (migration?.kind !== "migrated")
    return { ...base, verdict: "same_graph", moves: [], obstacles: [] };
  return { ...base, verdict: "migrates", moves: movesOf(run, migration), obstacles: [] };
}

function movesOf(run: RunState, { nodeId, pending, waiting }: MigratedBody): readonly NodeMove[] {
  const after = nodesIn({ currentNode: nodeId, pending, waiting });
  return [...nodesIn(run)].flatMap(([place, from]) => {
    const to = after.get(place) ?? from;
    return to === from ? [] : [{ place, from, to }];
  });
}

function nodesIn(standing: Standing): ReadonlyMap<NodePlace, string> {
  const nodes = new Map<NodePlace, string>();
  mapNodes(standing, (node, place) => {
    nodes.set(place, node);
    return node;
  });
  return nodes;
}

class Tally {
  count = 0;
  readonly #first: RunCheck[] = [];

  add(check: RunCheck, maxDetails: number): void {
    this.count += 1;
    if (this.#first.length < maxDetails) this.#first.push(check);
  }

  report(): RunChecks {
    return { count: this.count, first: this.#first };
  }
}

function assertArguments(store: unknown, workflow: unknown, options: CheckMigrationOptions): void {
  if (typeof (store as Partial<DurableStore> | null)?.list !== "function")
    throw invalid("store: give a DurableStore, such as new MemoryStore()");
  for (const given of [workflow, ...(options.beside ?? [])])
    if (!((given as Partial<Workflow> | null)?.migrations instanceof Map))
      throw invalid("give workflows made by defineWorkflow");
  const { maxDetails = 20, pageSize = 100, onRun } = options;
  if (!Number.isInteger(maxDetails) || maxDetails < 0)
    throw invalid(`maxDetails is ${maxDetails}: give a whole number from 0 on`);
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > 1_000)
    throw invalid(`pageSize is ${pageSize}: give a whole number from 1 to 1000`);
  if (onRun !== undefined && typeof onRun !== "function")
    throw invalid("onRun: give a function that is told of each run");
}

function invalid(what: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_argument", `checkMigration: ${what}`);
}
