import { AbstractRuntimeError, isAbstractRuntimeError } from "@abstractruntime/core/store";

/** SQLSTATE of a lost race between transactions: the same statement may be sent again at once. */
const RACES = new Set(["40001", "40P01", "55P03"]);

/** SQLSTATEs of a request that can never succeed, with what to do. */
const REFUSALS: Readonly<Record<string, string>> = {
  AR001: "it may have been purged: load the origin again",
  "42P01": "the schema has no such table: open a store once without `migrate: false`",
  "42883": "the schema has no such function: open a store once without `migrate: false`",
  "3F000": "the schema does not exist: open a store once without `migrate: false`",
  "42501": "the role lacks a privilege: see the package's README for those that it needs",
  "28P01": "the password is wrong",
  "28000": "the role may not log in",
  "3D000": "the database does not exist",
};

/**
 * Classes of SQLSTATE that say that the server can't be reached or does not serve now: connection, resources, operator
 * intervention (also a statement's timeout), system, and a replica that only reads.
 */
const UNAVAILABLE = /^(?:08|53|57|58)|^25006$|^25P0[34]$/;

/** SQLSTATEs of a table or index that can't be read. */
const CORRUPT = new Set(["XX001", "XX002"]);

/** What the driver says when it was told wrongly how to reach the server: no retry helps. */
const MISTAKES = /^SASL: |does not support SSL|^Invalid URL$|certificate|^getaddrinfo EINVAL/i;

/** Whether a statement lost a race and may simply be sent again. */
export function isRace(error: unknown): boolean {
  return RACES.has(sqlState(error) ?? "");
}

/**
 * An error of the driver or the server as ours. A statement that was under way when the server went away may have
 * happened: `store_unavailable`. What only a bug of ours explains stays as it is.
 */
export function asStoreError(error: unknown): Error {
  if (isAbstractRuntimeError(error)) return error;
  const state = sqlState(error);
  return state === undefined ? driverError(error) : serverError(error, state);
}

function serverError(error: unknown, state: string): Error {
  const said = messageOf(error);
  const options = { cause: error, details: { sqlState: state } };
  const refusal = REFUSALS[state];
  if (refusal !== undefined)
    return new AbstractRuntimeError("invalid_argument", `PostgreSQL: ${said}: ${refusal}`, options);
  if (UNAVAILABLE.test(state) || RACES.has(state)) return unavailable(error, options.details);
  if (CORRUPT.has(state))
    return new AbstractRuntimeError("store_corrupt", `PostgreSQL: ${said}`, options);
  return error instanceof Error ? error : new Error(said);
}

function driverError(error: unknown): Error {
  const said = messageOf(error);
  if (MISTAKES.test(said))
    return new AbstractRuntimeError(
      "invalid_argument",
      `PostgreSQL: ${said}: see connectionString and ssl`,
      { cause: error },
    );
  if (error instanceof TypeError || error instanceof RangeError) return error;
  return unavailable(error, {});
}

function unavailable(error: unknown, details: { sqlState?: string }): AbstractRuntimeError {
  return new AbstractRuntimeError(
    "store_unavailable",
    `PostgreSQL: ${messageOf(error)}: what was asked may have happened; ask again`,
    { cause: error, details },
  );
}

/** Of an error that the server sent. Errors of Node.js have codes, too: EPIPE looks like a SQLSTATE. */
function sqlState(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  if (!("code" in error) || !("severity" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Some errors of connecting to several addresses have no message of their own. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "")
    return error.errors.map(messageOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}
