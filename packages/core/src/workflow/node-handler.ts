import type { Logger } from "../ports/logger.ts";
import type { Plan } from "../step/plan.ts";
import type { WritesTo } from "./vars-path.ts";

/** The run as a node handler sees it. `vars` is a draft: what the handler changes in it is committed with its plan. */
export interface NodeRun<Vars> {
  readonly runId: string;
  readonly workflowId: string;
  readonly workflowVersion: string | null;
  readonly currentNode: string;
  vars: Vars;
  readonly actorId: string | null;
  readonly sessionId: string | null;
  readonly parentRunId: string | null;
  /** ISO 8601 UTC. */
  readonly createdAt: string;
}

/** What a handler may use beside its run. All else (clock, network, chance) makes it impure. */
export interface NodeContext {
  readonly runId: string;
  /** Milliseconds since 1970, from the runtime's clock. */
  now(): number;
  /** The same as ISO 8601 UTC. */
  nowIso(): string;
  /** A number in [0, 1), from the runtime's ids. */
  random(): number;
  readonly logger: Logger;
  /** What the user gave as `new Runtime({ context })`. */
  // oxlint-disable-next-line typescript/no-explicit-any -- the user's own type, which the workflow can't know
  readonly context: any;
}

/** A node: looks at the run and returns a plan. May write to `run.vars`; otherwise free of side effects. */
export type NodeHandler<Node extends string, Vars, Output> = (
  run: NodeRun<Vars>,
  context: NodeContext,
) => Plan<Node, Output, WritesTo<Vars>> | Promise<Plan<Node, Output, WritesTo<Vars>>>;
