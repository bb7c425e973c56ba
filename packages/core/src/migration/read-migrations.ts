import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { errorText } from "../errors/error-text.ts";
import { setAtPath } from "../json/dotted-path.ts";
import type { MigrationRules } from "./migration.ts";

/** The workflow that offers migrations. */
interface Taker {
  readonly id: string;
  readonly version: string;
  readonly nodes: ReadonlyMap<string, unknown>;
}

/**
 * The migrations that a workflow offers, by the version that they come from.
 *
 * @throws invalid_workflow
 */
export function readMigrations(
  taker: Taker,
  given: unknown,
): ReadonlyMap<string | null, MigrationRules> {
  const migrations = new Map<string | null, MigrationRules>();
  if (given === undefined || given === null) return migrations;
  if (!Array.isArray(given)) throw invalid(taker, "migrate", "give a list of migrations");
  for (const [index, migration] of (given as readonly unknown[]).entries()) {
    const where = `migrate[${index}]`;
    const fields = objectOf(taker, migration, where);
    const from = readFrom(taker, fields["from"], where);
    if (migrations.has(from)) throw invalid(taker, where, `there are two from ${name(from)}`);
    migrations.set(from, {
      nodes: readNodes(taker, fields["nodes"], `${where}.nodes`),
      resultKeys: readResultKeys(taker, fields["resultKeys"], `${where}.resultKeys`),
      vars: readVars(taker, fields["vars"], `${where}.vars`),
    });
  }
  return migrations;
}

function readFrom(taker: Taker, from: unknown, where: string): string | null {
  if (from === null) return null;
  if (typeof from !== "string" || from === "" || from.length > 200)
    throw invalid(taker, where, "from: give a version, or null for runs of 0.2.0");
  if (from === taker.version)
    throw invalid(taker, where, `from is its own version ${name(from)}: raise the version`);
  return from;
}

function readNodes(taker: Taker, given: unknown, where: string): ReadonlyMap<string, string> {
  const nodes = textsOf(taker, given, where);
  for (const [from, to] of nodes) {
    if (taker.nodes.has(to)) continue;
    const known = [...taker.nodes.keys()].join(", ");
    throw invalid(taker, `${where}.${from}`, `no node "${to}"; its nodes are ${known}`);
  }
  return nodes;
}

function readResultKeys(taker: Taker, given: unknown, where: string): ReadonlyMap<string, string> {
  const keys = textsOf(taker, given, where);
  for (const [from, to] of keys) {
    try {
      setAtPath({}, to, null);
    } catch (error) {
      throw invalid(taker, `${where}.${from}`, errorText(error));
    }
  }
  return keys;
}

function readVars(taker: Taker, given: unknown, where: string): MigrationRules["vars"] {
  if (given === undefined || given === null) return null;
  if (typeof given === "function") return given as MigrationRules["vars"];
  throw invalid(taker, where, "give a function (vars, run) => void");
}

function textsOf(taker: Taker, given: unknown, where: string): ReadonlyMap<string, string> {
  if (given === undefined || given === null) return new Map();
  const entries = Object.entries(objectOf(taker, given, where)).map(([from, to]) => {
    if (typeof to !== "string") throw invalid(taker, `${where}.${from}`, "give a text");
    return [from, to] as const;
  });
  return new Map(entries);
}

function objectOf(taker: Taker, given: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof given === "object" && given !== null && !Array.isArray(given)) return { ...given }; // own members only
  throw invalid(taker, where, "give an object");
}

function name(from: string | null): string {
  return from === null ? "0.2.0 (null)" : `"${from}"`;
}

function invalid({ id }: Taker, where: string, what: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_workflow", `workflow ${id}: ${where}: ${what}`);
}
