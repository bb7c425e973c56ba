import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { ChildPage, Page } from "../ports/durable-store.ts";
import { parseInstant } from "../time/instant.ts";
import type { MemoryRun } from "./memory-run.ts";
import type { RunsInOrder } from "./runs-in-order.ts";

/** Which page of a list is asked for. */
export interface PageRequest {
  readonly limit?: number;
  readonly cursor?: string;
}

/** A page of runs, latest update first, ties by run id. */
export function pageByUpdate<Shown>(
  rows: readonly MemoryRun[],
  { limit, cursor }: PageRequest,
  shown: (row: MemoryRun) => Shown,
): Page<Shown> {
  const size = pageSize(limit);
  const after = cursor === undefined ? undefined : readCursor(cursor);
  const places = rows.map((row): Place => ({
    row,
    runId: row.runId,
    updatedAt: parseInstant(row.run.updatedAt),
  }));
  const rest = places
    .filter((place) => after === undefined || compareByUpdate(after, place) < 0)
    .toSorted(compareByUpdate);
  const last = rest[size - 1];
  return {
    items: rest.slice(0, size).map((place) => shown(place.row)),
    nextCursor: last !== undefined && rest.length > size ? `${last.updatedAt} ${last.runId}` : null,
  };
}

/** A page of runs by run id. */
export function pageById<Shown>(
  rows: RunsInOrder<MemoryRun>,
  { limit, cursor = "", stepId }: ChildPage,
  shown: (row: MemoryRun) => Shown,
): Page<Shown> {
  const size = pageSize(limit);
  const found = rows.after(cursor, size + 1, stepId);
  const items = found.slice(0, size);
  const nextCursor = found.length > size ? (items.at(-1)?.runId ?? null) : null;
  return { items: items.map(shown), nextCursor };
}

interface Position {
  readonly updatedAt: number;
  readonly runId: string;
}

interface Place extends Position {
  readonly row: MemoryRun;
}

function compareByUpdate(a: Position, b: Position): number {
  return b.updatedAt - a.updatedAt || compareIds(a.runId, b.runId);
}

function compareIds(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function pageSize(limit = 100): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1_000) return limit;
  throw new AbstractRuntimeError(
    "invalid_argument",
    `limit is ${limit}: give a whole number from 1 to 1000`,
  );
}

function readCursor(cursor: string): Position {
  const match = /^(-?\d+) (.+)$/s.exec(cursor);
  if (match?.[1] !== undefined && match[2] !== undefined)
    return { updatedAt: Number(match[1]), runId: match[2] };
  throw new AbstractRuntimeError(
    "invalid_argument",
    "cursor: not a nextCursor that this store gave out",
  );
}
