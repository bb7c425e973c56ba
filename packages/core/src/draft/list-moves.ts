import type { ListSlots } from "./list-slots.ts";
import { type Slot, slotOf } from "./slot.ts";

/** What these methods need of a list. */
interface MovableList {
  readonly value: object;
  change(): ListSlots;
  handOut(slot: Slot): unknown;
}

type Move = (list: MovableList, given: readonly unknown[]) => unknown;

/**
 * The methods of arrays that only move items, on slots instead of drafts: `queue.shift()` need not draft a whole queue to put
 * each item one place further.
 */
export const listMoves: ReadonlyMap<string | symbol, Move> = new Map<string, Move>([
  ["push", push],
  ["pop", pop],
  ["shift", shift],
  ["unshift", unshift],
  ["splice", splice],
  ["reverse", reverse],
]);

function push(list: MovableList, items: readonly unknown[]): number {
  const slots = list.change();
  slots.from(slots.length).push(...items.map(slotOf));
  return slots.length;
}

function pop(list: MovableList): unknown {
  const slots = list.change();
  return list.handOut(slots.from(Math.max(0, slots.length - 1)).pop());
}

function shift(list: MovableList): unknown {
  return list.handOut(list.change().from(0).shift());
}

function unshift(list: MovableList, items: readonly unknown[]): number {
  const slots = list.change().from(0);
  return slots.unshift(...items.map(slotOf));
}

function splice(list: MovableList, given: readonly unknown[]): unknown[] {
  const slots = list.change().from(0);
  const where = given.slice(0, 2) as [number, number]; // or fewer: without a count, all the rest goes
  const removed = slots.splice(...where, ...given.slice(2).map(slotOf));
  return removed.map((slot) => list.handOut(slot));
}

function reverse(list: MovableList): object {
  list.change().from(0).reverse(); // oxlint-disable-line unicorn/no-array-reverse -- in place is what was asked for
  return list.value;
}
