import { copyJson } from "../json/copy-json.ts";
import type { JsonValue } from "../json/json-value.ts";
import type { PatchOperation } from "../json/patch.ts";
import { Draft } from "./draft.ts";
import { ListSlots } from "./list-slots.ts";
import { Given, isStill, type Slot, slotOf } from "./slot.ts";

/** Add what makes of the value at `path` what the slot holds. */
export function collectChange(
  path: string,
  before: JsonValue | undefined,
  slot: Slot,
  patch: PatchOperation[],
): void {
  if (isStill(before, slot)) {
    if (slot instanceof Draft) slot.collect(path, patch);
  } else if (isList(before) && isNewList(slot)) {
    collectList(path, new ListSlots(before, slot.value.map(slotOf)), patch, 0);
  } else {
    patch.push({ op: "replace", path, value: jsonOf(slot, path) });
  }
}

/**
 * Add what makes of a list what its slots hold. What is the same at its start and at its end is left alone; in between,
 * items are replaced, and then removed or added. Many changes (a sort, say) say more than the list does: it is replaced.
 *
 * @param few so many changes are kept one by one, however short the list is
 */
export function collectList(
  path: string,
  slots: ListSlots,
  patch: PatchOperation[],
  few = 8,
): void {
  const { base, length } = slots;
  const { paired, end, count } = compare(slots);
  if (count > few && count * 2 >= length) {
    patch.push({ op: "replace", path, value: jsonOf(new Given(slots.from(0).map(valueOf)), path) });
    return;
  }
  for (let index = base.length - end - 1; index >= paired; index--)
    patch.push({ op: "remove", path: `${path}/${index}` });
  for (const [index, slot] of slots.some ?? [])
    collectChange(`${path}/${index}`, base[index], slot, patch);
  for (let index = slots.kept; index < length; index++) {
    const slot = slots.get(index);
    const before = base[index < paired ? index : index - length + base.length];
    if (index >= paired && index < length - end)
      patch.push({ op: "add", path: `${path}/${index}`, value: jsonOf(slot, `${path}/${index}`) });
    else if (slot !== before) collectChange(`${path}/${index}`, before, slot, patch);
  }
}

interface Comparison {
  /** Items before this index stand beside what was at the same index. */
  readonly paired: number;
  /** So many items at the end are the same. What is between the two was removed or added. */
  readonly end: number;
  /** So many items were replaced, removed or added. */
  readonly count: number;
}

function compare(slots: ListSlots): Comparison {
  const { base, kept, length } = slots;
  const shorter = Math.min(base.length, length);
  let start = kept;
  while (start < shorter && isStill(base[start], slots.get(start))) start++;
  let end = 0;
  while (start + end < shorter && isStill(base[base.length - 1 - end], slots.get(length - 1 - end)))
    end++;
  const paired = shorter - end;
  let count = Math.abs(base.length - length);
  for (const [index, slot] of slots.some ?? []) if (!isStill(base[index], slot)) count++;
  for (let index = start; index < paired; index++)
    if (!isStill(base[index], slots.get(index))) count++;
  return { paired, end, count };
}

/** An array that the handler made, as `list.filter(...)` and `[...list, item]` do: it may be the list before but for an item. */
function isNewList(slot: Slot): slot is Given & { readonly value: readonly unknown[] } {
  return (
    slot instanceof Given &&
    Array.isArray(slot.value) &&
    Object.getPrototypeOf(slot.value) === Array.prototype
  );
}

function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** What a slot holds, checked and copied. */
export function jsonOf(slot: Slot, path: string): JsonValue {
  return copyJson(valueOf(slot), `vars${path.replaceAll("/", ".")}`);
}

function valueOf(slot: Slot): unknown {
  return slot instanceof Draft || slot instanceof Given ? slot.value : slot;
}
