import type { JsonValue } from "../json/json-value.ts";
import type { Slot } from "./slot.ts";

/**
 * The items of a list as they are now: before `kept` those of the base, but for some; from there on slots. So what is added
 * to a long list, or replaced in it, costs what is added or replaced, and not the list.
 */
export class ListSlots {
  readonly base: readonly JsonValue[];
  kept: number;
  rest: Slot[];
  /** Items before `kept` that were drafted or replaced, by index. */
  some: Map<number, Slot> | undefined;

  constructor(base: readonly JsonValue[], all?: Slot[]) {
    this.base = base;
    this.kept = all === undefined ? base.length : 0;
    this.rest = all ?? [];
  }

  get length(): number {
    return this.kept + this.rest.length;
  }

  set length(length: number) {
    if (length >>> 0 !== length) throw new RangeError(`${length} is no length of a list`);
    this.from(length).length = length - this.kept;
  }

  has(index: number): boolean {
    return index < this.kept ? index >= 0 : Object.hasOwn(this.rest, index - this.kept);
  }

  get(index: number): Slot {
    if (index >= this.kept) return this.rest[index - this.kept];
    const slot = this.some?.get(index);
    return slot === undefined ? this.base[index] : slot;
  }

  set(index: number, slot: Slot): void {
    if (index >= this.kept) this.rest[index - this.kept] = slot;
    else (this.some ??= new Map()).set(index, slot);
  }

  delete(index: number): void {
    Reflect.deleteProperty(this.from(index), index - this.kept);
  }

  /** The slots from `kept` on, which is at most this index from now on. */
  from(index: number): Slot[] {
    if (index >= this.kept) return this.rest;
    const slots: Slot[] = this.base.slice(index, this.kept);
    for (const [at, slot] of this.some ?? []) {
      if (at < index) continue;
      slots[at - index] = slot;
      this.some?.delete(at);
    }
    this.kept = index;
    this.rest = slots.concat(this.rest);
    return this.rest;
  }
}
