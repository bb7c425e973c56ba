import type { StandardSchemaV1 } from "@standard-schema/spec";
import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { Migration } from "../migration/migration.ts";
import { readMigrations } from "../migration/read-migrations.ts";
import { isSchema } from "../schema/is-schema.ts";
import { END } from "./end.ts";
import { graphHash } from "./graph-hash.ts";
import type { NodeHandler } from "./node-handler.ts";
import type { Workflow } from "./workflow.ts";

// oxlint-disable-next-line typescript/no-explicit-any -- without a schema, vars and output are the user's own affair
type Untyped = any;
type Inferred<Schema> = Schema extends StandardSchemaV1
  ? StandardSchemaV1.InferOutput<Schema>
  : Untyped;
type Accepted<Schema> = Schema extends StandardSchemaV1
  ? StandardSchemaV1.InferInput<Schema>
  : Untyped;

export interface WorkflowDefinition<
  Node extends string,
  VarsSchema extends StandardSchemaV1 | undefined,
  OutputSchema extends StandardSchemaV1 | undefined,
> {
  /** 1 to 200 characters. Runs remember it. */
  readonly id: string;
  /** Raise it when a change could strand runs under way; "1" by default. */
  readonly version?: string | undefined;
  /** The node that runs first. */
  readonly entry: NoInfer<Node>;
  /** Any Standard Schema (zod, valibot, arktype …): `start` refuses vars that do not match; handlers see its type. */
  readonly vars?: VarsSchema;
  /** Any Standard Schema for the output: a run that completes with something else fails with `schema_mismatch`. */
  readonly output?: OutputSchema;
  readonly nodes: {
    readonly [Id in Node]: NodeHandler<NoInfer<Node>, Inferred<VarsSchema>, Inferred<OutputSchema>>;
  };
  /**
   * What an answer to the wait of a node must be: any Standard Schema. An answer that does not match is refused, and
   * the wait stays open; one that does is stored as what the schema makes of it.
   */
  readonly answers?: { readonly [Id in NoInfer<Node>]?: StandardSchemaV1 | undefined } | undefined;
  /**
   * The nodes that each node may lead to, on errors and timeouts too, and `END` where it may end the run; for pictures and
   * checks. They count in the graph hash: to runs under way, a workflow with other edges is another graph.
   */
  readonly edges?:
    | { readonly [Id in NoInfer<Node>]?: readonly (NoInfer<Node> | typeof END)[] | undefined }
    | undefined;
  /** How runs under way that older versions started go on with this one, where those are not registered any more. */
  readonly migrate?: readonly Migration<NoInfer<Node>>[] | undefined;
}

/**
 * Define a workflow: a graph of nodes. Node ids are checked by the compiler, and once more here.
 *
 * @throws invalid_workflow no nodes, an entry, edge or migration that names no node, or an id of a wrong form
 */
export function defineWorkflow<
  const Node extends string,
  VarsSchema extends StandardSchemaV1 | undefined = undefined,
  OutputSchema extends StandardSchemaV1 | undefined = undefined,
>(
  definition: WorkflowDefinition<Node, VarsSchema, OutputSchema>,
): Workflow<Inferred<VarsSchema>, Inferred<OutputSchema>, Accepted<VarsSchema>> {
  const { id, version = "1", entry } = definition;
  if (typeof definition.nodes !== "object" || definition.nodes === null)
    throw invalid(id, "nodes must be an object of handlers by node id");
  // oxlint-disable-next-line typescript/no-explicit-any -- the handlers' vars type is forgotten by Workflow.nodes
  const nodes = new Map<string, NodeHandler<string, any, any>>(Object.entries(definition.nodes));
  const answerSchemas = schemasByNode(definition.answers ?? {});
  const varsSchema = definition.vars ?? null;
  const outputSchema = definition.output ?? null;
  const edges = definedEdges(id, definition.edges ?? null);
  assertGraph({ id, version, entry, nodes, edges });
  const shape = { id, version, entry, edges, nodes: nodes.keys() };
  for (const [node, schema] of answerSchemas) {
    assertNode(nodes, node, id, "answers");
    assertSchema(schema, id, `answers.${node}`);
  }
  assertSchema(varsSchema, id, "vars");
  assertSchema(outputSchema, id, "output");
  const identity = graphHash({ ...shape, schemas: [varsSchema, outputSchema] });
  return Object.freeze({
    ...shape,
    nodes,
    varsSchema,
    outputSchema,
    answerSchemas,
    migrations: readMigrations({ id, version, nodes }, definition.migrate),
    graphHash: identity,
  });
}

function schemasByNode(
  answers: Readonly<Record<string, StandardSchemaV1 | undefined>>,
): ReadonlyMap<string, StandardSchemaV1> {
  const given = Object.entries(answers).filter(
    (entry): entry is [string, StandardSchemaV1] => entry[1] !== undefined,
  );
  return new Map(given);
}

function definedEdges(id: string, edges: unknown): Workflow["edges"] {
  if (edges === null) return null;
  if (typeof edges !== "object")
    throw invalid(id, "edges must be an object of node ids by node id");
  return Object.fromEntries(
    Object.entries(edges).map(([from, to]: [string, unknown]) => [
      from,
      declaredTargets(id, from, to),
    ]),
  );
}

function declaredTargets(id: string, from: string, to: unknown): readonly (string | null)[] {
  if (to === undefined) return [];
  if (!Array.isArray(to)) throw invalid(id, `edges.${from}: give a list of node ids`);
  return [...to];
}

function assertGraph(graph: Pick<Workflow, "id" | "version" | "entry" | "nodes" | "edges">): void {
  const { id, version, entry, nodes, edges } = graph;
  assertName(id, "workflow id");
  assertName(version, `version of workflow ${id}`);
  if (nodes.size === 0) throw invalid(id, "has no nodes: give at least its entry");
  for (const [node, handler] of nodes) {
    assertName(node, `node id in workflow ${id}`);
    if (typeof handler !== "function")
      throw invalid(id, `node ${node} is not a function: give (run, ctx) => plan`);
  }
  assertNode(nodes, entry, id, "entry");
  for (const [from, targets] of Object.entries(edges ?? {})) {
    assertNode(nodes, from, id, "edges");
    for (const to of targets) if (to !== END) assertNode(nodes, to, id, `edges.${from}`);
  }
}

function assertName(name: unknown, what: string): void {
  if (typeof name === "string" && name.length > 0 && name.length <= 200) return;
  throw new AbstractRuntimeError(
    "invalid_workflow",
    `${what} must be a text of 1 to 200 characters`,
  );
}

function assertNode(
  nodes: ReadonlyMap<string, unknown>,
  node: string,
  id: string,
  where: string,
): void {
  if (!nodes.has(node))
    throw invalid(id, `${where}: no node "${node}"; its nodes are ${[...nodes.keys()].join(", ")}`);
}

function assertSchema(schema: unknown, id: string, where: string): void {
  if (schema === null || isSchema(schema)) return;
  throw invalid(id, `${where}: give a Standard Schema, such as one of zod, valibot or arktype`);
}

function invalid(id: string, what: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_workflow", `workflow ${id}: ${what}`);
}
