import { Draft, draftBehind } from "./draft.ts";

/**
 * What a draft keeps at one place: a scalar, an object or list of its base that nobody has read yet, the state behind a
 * draft, or what was given.
 */
export type Slot = unknown;

/**
 * An object or list that the handler made (or `undefined`, or a function, which are not JSON). It stays as it is, and the
 * handler's own, until the draft is finished.
 */
export class Given {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

/** How a draft keeps what it is given. */
export function slotOf(value: unknown): Slot {
  if (value === undefined || typeof value === "function") return new Given(value);
  if (typeof value !== "object" || value === null) return value;
  return draftBehind(value) ?? new Given(value);
}

/** Whether a slot still holds what was there before, be it with changes inside. */
export function isStill(before: unknown, slot: Slot): boolean {
  return Object.is(before, slot) || (slot instanceof Draft && slot.base === before);
}
