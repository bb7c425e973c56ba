import { AbstractRuntimeError, type Page } from "@abstractruntime/core/store";

/** A place in a list by time, latest first, ties by id. */
export interface Place {
  /** Milliseconds since 1970. */
  readonly ms: number;
  readonly id: string;
}

/** The page size asked for, 100 by default. @throws invalid_argument */
export function pageLimit(limit = 100): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1_000) return limit;
  throw new AbstractRuntimeError(
    "invalid_argument",
    `limit is ${limit}: give a whole number from 1 to 1000`,
  );
}

/** The place that a cursor names. @throws invalid_argument */
export function readPlace(cursor: string | undefined): Place | undefined {
  if (cursor === undefined) return undefined;
  const match = /^(-?\d+)~(.+)$/s.exec(cursor);
  if (match?.[1] !== undefined && match[2] !== undefined)
    return { ms: Number(match[1]), id: match[2] };
  throw new AbstractRuntimeError(
    "invalid_argument",
    "cursor: not a nextCursor that this store gave out",
  );
}

/** A page of rows that were asked for with one more than `limit`. */
export function cutPage<Row>(
  rows: readonly Row[],
  limit: number,
  placeOf: (row: Row) => Place,
): Page<Row> {
  const last = rows[limit - 1];
  const hasMore = rows.length > limit && last !== undefined;
  const place = hasMore ? placeOf(last) : null;
  return {
    items: rows.slice(0, limit),
    nextCursor: place === null ? null : `${place.ms}~${place.id}`,
  };
}
