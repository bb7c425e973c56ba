import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { Page } from "../ports/durable-store.ts";
import { parseInstant } from "../time/instant.ts";

/** Where an item stands in an order by time, latest first, ties by id. */
export interface OrderKey {
  /** ISO 8601. */
  readonly createdAt: string;
  readonly id: string;
}

export interface PageRequest {
  readonly limit?: number | undefined;
  readonly cursor?: string | undefined;
}

interface Place {
  readonly ms: number;
  readonly id: string;
}

/**
 * One page of items, latest `createdAt` first (as instants), ties by id. The cursor names the last item's place, not a
 * count: what is added or removed between two pages neither repeats nor hides anything else.
 *
 * @throws invalid_argument `limit` is not 1 to 1,000, or the cursor is none of ours
 */
export function pageNewestFirst<Item>(
  items: Iterable<Item>,
  keyOf: (item: Item) => OrderKey,
  { limit, cursor }: PageRequest = {},
): Page<Item> {
  const size = assertLimit(limit);
  const after = cursor === undefined ? undefined : parseCursor(cursor);
  const placed = [...items].map((item) => ({ item, place: placeOf(keyOf(item)) }));
  const rest = placed
    .filter(({ place }) => after === undefined || compare(after, place) < 0)
    .toSorted((a, b) => compare(a.place, b.place));
  const page = rest.slice(0, size);
  const last = page.at(-1);
  const nextCursor = last !== undefined && rest.length > size ? cursorOf(last.place) : null;
  return { items: page.map(({ item }) => item), nextCursor };
}

/** The page size asked for, 100 by default. @throws invalid_argument it is not a whole number from 1 to 1,000. */
function assertLimit(limit: number | undefined): number {
  if (limit === undefined) return 100;
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1000) return limit;
  throw new AbstractRuntimeError(
    "invalid_argument",
    `limit: ${limit} is not a whole number from 1 to 1000`,
  );
}

function placeOf({ createdAt, id }: OrderKey): Place {
  return { ms: parseInstant(createdAt), id };
}

function compare(a: Place, b: Place): number {
  if (a.ms !== b.ms) return b.ms - a.ms;
  if (a.id === b.id) return 0;
  return a.id < b.id ? -1 : 1;
}

function cursorOf({ ms, id }: Place): string {
  return `${ms}~${id}`;
}

function parseCursor(cursor: string): Place {
  const match = /^(-?\d+)~(.+)$/s.exec(cursor);
  const [, ms, id] = match ?? [];
  if (ms !== undefined && id !== undefined) return { ms: Number(ms), id };
  throw new AbstractRuntimeError(
    "invalid_argument",
    `cursor: ${JSON.stringify(cursor)} is no \`nextCursor\` of a page; leave it out for the first`,
  );
}
