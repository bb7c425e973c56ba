import type { JsonValue } from "../json/json-value.ts";
import type { PatchOperation } from "../json/patch.ts";
import { collectList } from "./changes.ts";
import { behind, type Container, Draft, type Session } from "./draft.ts";
import { listMoves } from "./list-moves.ts";
import { ListSlots } from "./list-slots.ts";
import { Given, type Slot, slotOf } from "./slot.ts";
import { listTarget } from "./target.ts";

/** A list of a draft. All methods of arrays work on it; those in `listMoves` in a way of their own. */
export class ListDraft extends Draft {
  readonly base: readonly JsonValue[];
  readonly #slots: ListSlots;

  constructor(session: Session, parent: Draft | null, base: readonly JsonValue[]) {
    super(session, parent, listTarget());
    this.base = base;
    this.#slots = new ListSlots(base);
  }

  get(_target: object, key: string | symbol): unknown {
    this.assertOpen();
    if (key === behind) return this;
    const index = indexOf(key);
    if (index >= 0) return this.#item(index);
    if (key === "length") return this.#slots.length;
    const move = listMoves.get(key);
    return move === undefined ? inherited(key) : (...given: unknown[]) => move(this, given);
  }

  override set(_target: object, key: string | symbol, value: unknown): boolean {
    const index = indexOf(key);
    if (index >= 0) this.change().set(index, slotOf(value));
    else if (key === "length") this.change().length = Number(value);
    else throw new TypeError(`vars are JSON: a list can't have a member ${String(key)}`);
    return true;
  }

  deleteProperty(_target: object, key: string | symbol): boolean {
    const index = indexOf(key);
    if (index >= 0) this.change().delete(index);
    return key !== "length";
  }

  has(_target: object, key: string | symbol): boolean {
    this.assertOpen();
    const index = indexOf(key);
    return index >= 0 ? this.#slots.has(index) : Reflect.has(Array.prototype, key);
  }

  ownKeys(): string[] {
    this.assertOpen();
    return [...Object.keys(this.#slots.from(0)), "length"];
  }

  getOwnPropertyDescriptor(target: object, key: string | symbol): PropertyDescriptor | undefined {
    this.assertOpen();
    const isItem = key !== "length";
    if (isItem && !this.#slots.has(indexOf(key))) return undefined;
    const value = this.get(target, key);
    return { value, writable: true, enumerable: isItem, configurable: isItem };
  }

  /** Its items, to be changed. */
  change(): ListSlots {
    this.assertOpen();
    this.touch();
    return this.#slots;
  }

  /** What the handler gets of an item that leaves the list. */
  handOut(slot: Slot): unknown {
    if (slot instanceof Draft || slot instanceof Given) return slot.value;
    return isContainer(slot) ? this.session.draftOf(slot, this).value : slot;
  }

  override collect(path: string, patch: PatchOperation[]): void {
    if (this.isTouched) collectList(path, this.#slots, patch);
  }

  #item(index: number): unknown {
    const slot = this.#slots.get(index);
    if (slot instanceof Draft || slot instanceof Given) return slot.value;
    if (!isContainer(slot)) return slot;
    const draft = this.session.draftOf(slot, this);
    this.#slots.set(index, draft);
    return draft.value;
  }
}

/** -1 if the key is no index. The first look is at its first character, so that names cost little. */
function indexOf(key: string | symbol): number {
  if (typeof key === "symbol") return -1;
  const code = key.charCodeAt(0);
  if (!(code >= 48 && code <= 57)) return -1;
  const index = Number(key);
  return String(index) === key && index < 2 ** 32 - 1 ? index : -1;
}

function isContainer(slot: Slot): slot is Container {
  return typeof slot === "object" && slot !== null;
}

/** Here, too, `__proto__` leads nowhere. */
function inherited(key: string | symbol): unknown {
  return key === "__proto__" ? undefined : Reflect.get(Array.prototype, key);
}
