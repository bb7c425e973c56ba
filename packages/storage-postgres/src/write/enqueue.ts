import {
  AbstractRuntimeError,
  canonicalJson,
  decodeRecord,
  formatInstant,
  type NewRun,
} from "@abstractruntime/core/store";
import { asStoreError } from "../connection/pg-error.ts";
import { inSchema } from "../schema/schema-name.ts";
import { createStatement } from "./create-statement.ts";

/** A connection with a transaction of the caller's, of which only `query` is called: a client of node-postgres is one. */
export interface Transaction {
  query(
    text: string,
    values: unknown[],
  ): Promise<{ readonly rows: readonly Readonly<Record<string, unknown>>[] }>;
}

export interface Enqueued {
  readonly runId: string;
  /** False: a run with this id was there, started alike. */
  readonly created: boolean;
}

/** Bring a run into being within somebody's transaction, due at the database's time. @throws run_exists */
export async function enqueue(
  transaction: Transaction,
  schema: string,
  given: NewRun,
  testNow: number | null,
): Promise<Enqueued> {
  const ask = async (text: string, values: unknown[]) => {
    try {
      return (await transaction.query(inSchema(text, schema), values)).rows;
    } catch (error) {
      throw asStoreError(error);
    }
  };
  const { runId } = given.run;
  const [clock] = await ask("select coalesce($1::bigint, {s}.clock_ms()) as now", [testNow]);
  const now = Number(clock?.["now"]);
  const { text, values } = createStatement([{ ...given, wakeAt: formatInstant(now) }], now);
  const [answer] = await ask(text, [...values]);
  const born = answer?.["born"];
  if (Array.isArray(born) && born.includes(runId)) return { runId, created: true };
  const first = "select record from {s}.ledger where run_id = $1 order by seq limit 1";
  const [found] = await ask(first, [runId]);
  assertAlike(given, String(found?.["record"]));
  return { runId, created: false };
}

function assertAlike({ run, records }: NewRun, text: string): void {
  const [wanted, found] = [records[0], decodeRecord(text, `run ${run.runId}, record 0`)];
  const isAlike =
    wanted?.kind === "created" &&
    found.kind === "created" &&
    found.workflowId === wanted.workflowId &&
    canonicalJson(found.vars) === canonicalJson(wanted.vars);
  if (isAlike) return;
  throw new AbstractRuntimeError(
    "run_exists",
    `run ${run.runId} exists, with another workflow or other vars: use another id, or the same vars`,
    { details: { runId: run.runId } },
  );
}
