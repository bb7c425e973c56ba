import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { MigrationRules } from "../migration/migration.ts";
import type { NodeHandler } from "./node-handler.ts";

declare const types: unique symbol;

/**
 * Declared edges: the nodes that a node may lead to, and `END` (null) where it may end the run; one without targets always
 * does. Of a node that is missing nothing is known. For pictures and checks; the runtime does not enforce them.
 */
export type Edges = Readonly<Record<string, readonly (string | null)[]>>;

/** A named, versioned graph of node handlers. Made by `defineWorkflow`, which checks it. */
// oxlint-disable-next-line typescript/no-explicit-any -- a workflow of any vars and output is a Workflow
export interface Workflow<Vars = any, Output = any, Input = any> {
  readonly id: string;
  readonly version: string;
  readonly entry: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- handlers of one graph share a vars type that this name forgets
  readonly nodes: ReadonlyMap<string, NodeHandler<string, any, any>>;
  readonly edges: Edges | null;
  readonly varsSchema: StandardSchemaV1 | null;
  readonly outputSchema: StandardSchemaV1 | null;
  /** What an answer to a wait must be, by the node that planned the wait. */
  readonly answerSchemas: ReadonlyMap<string, StandardSchemaV1>;
  /** How runs of older versions go on with this one, by the version that they come from. No part of the graph. */
  readonly migrations: ReadonlyMap<string | null, MigrationRules>;
  /** Hash of id, version, entry, node ids, edges and schema ids; never of code. Runs remember it. */
  readonly graphHash: string;
  /** Carries the types; never there at run time. */
  readonly [types]?: { readonly vars: Vars; readonly output: Output; readonly input: Input };
}
