import { hash } from "node:crypto";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { canonicalJson } from "../json/canonical-json.ts";
import type { JsonValue } from "../json/json-value.ts";
import { END } from "./end.ts";
import type { Edges } from "./workflow.ts";

/**
 * What makes two graphs the same for a run that is under way: id, version, entry, node ids, declared edges and the
 * kind of schemas. Never code text, so that a bug fix in a handler does not strand runs.
 *
 * @returns 32 hex digits
 */
export function graphHash(graph: {
  readonly id: string;
  readonly version: string;
  readonly entry: string;
  readonly nodes: Iterable<string>;
  readonly edges: Edges | null;
  readonly schemas: readonly (StandardSchemaV1 | null)[];
}): string {
  const shape: JsonValue = {
    edges: graph.edges === null ? null : sortedEdges(graph.edges),
    entry: graph.entry,
    id: graph.id,
    nodes: [...graph.nodes].toSorted(),
    schemas: graph.schemas.map(schemaId),
    version: graph.version,
  };
  return hash("sha256", canonicalJson(shape)).slice(0, 32);
}

function sortedEdges(edges: Edges): JsonValue {
  return Object.fromEntries(Object.entries(edges).map(([from, to]) => [from, sortedTargets(to)]));
}

/** The end comes last, and once. */
function sortedTargets(to: readonly (string | null)[]): readonly (string | null)[] {
  const nodes = to.filter((target) => target !== null).toSorted();
  return to.includes(END) ? [...nodes, END] : nodes;
}

function schemaId(schema: StandardSchemaV1 | null): JsonValue {
  return schema === null ? null : schema["~standard"].vendor;
}
