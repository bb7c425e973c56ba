import type { JsonObject, JsonValue } from "../json/json-value.ts";
import type { PatchOperation } from "../json/patch.ts";
import { isPrototypeKey } from "../json/prototype-keys.ts";
import { collectChange, jsonOf } from "./changes.ts";
import { behind, Draft, type Session } from "./draft.ts";

import { Given, isStill, type Slot, slotOf } from "./slot.ts";
import { objectTarget } from "./target.ts";

const deleted = Symbol("deleted");

/** An object of a draft. However wide it is, only the members that were drafted, written or deleted are kept beside its base. */
export class ObjectDraft extends Draft {
  readonly base: JsonObject;
  #slots: Map<string, Slot> | undefined;

  constructor(session: Session, parent: Draft | null, base: JsonObject) {
    super(session, parent, objectTarget());
    this.base = base;
  }

  get(_target: object, key: string | symbol): unknown {
    this.assertOpen();
    if (typeof key === "symbol") return key === behind ? this : inherited(key);
    const slot = this.#slots?.get(key);
    if (slot instanceof Draft || slot instanceof Given) return slot.value;
    if (slot !== undefined) return slot === deleted ? inherited(key) : slot;
    const member = this.#before(key);
    if (member === undefined) return inherited(key);
    if (typeof member !== "object" || member === null) return member;
    const draft = this.session.draftOf(member, this);
    this.#write(key, draft);
    return draft.value;
  }

  override set(_target: object, key: string | symbol, value: unknown): boolean {
    this.assertOpen();
    if (typeof key === "symbol")
      throw new TypeError(`vars are JSON: ${String(key)} can't name a member`);
    this.#write(key, slotOf(value));
    this.touch();
    return true;
  }

  deleteProperty(_target: object, key: string | symbol): boolean {
    this.assertOpen();
    if (!this.#holds(key)) return true;
    this.#write(key, deleted);
    this.touch();
    return true;
  }

  has(_target: object, key: string | symbol): boolean {
    this.assertOpen();
    return this.#holds(key) || inherited(key) !== undefined;
  }

  /** What was deleted and comes back stands where it was, as it will once the patch is applied. */
  ownKeys(): string[] {
    this.assertOpen();
    const keys = Object.keys(this.base);
    const slots = this.#slots;
    if (slots === undefined) return keys;
    const added = [...slots.keys()].filter((key) => !Object.hasOwn(this.base, key));
    return [...keys, ...added].filter((key) => slots.get(key) !== deleted);
  }

  getOwnPropertyDescriptor(target: object, key: string | symbol): PropertyDescriptor | undefined {
    this.assertOpen();
    if (!this.#holds(key)) return undefined;
    return { value: this.get(target, key), writable: true, enumerable: true, configurable: true };
  }

  override collect(path: string, patch: PatchOperation[]): void {
    if (!this.isTouched || this.#slots === undefined) return;
    const start = patch.length;
    for (const [key, slot] of this.#slots) {
      const before = this.#before(key);
      if (!isChanged(before, slot)) continue;
      if (isPrototypeKey(key)) {
        // As a part of a path it is refused, as a key inside of a value it is data.
        patch.splice(start, Infinity, { op: "replace", path, value: jsonOf(this, path) });
        return;
      }
      collectMember(`${path}/${escaped(key)}`, before, slot, patch);
    }
  }

  #before(key: string): JsonValue | undefined {
    return Object.hasOwn(this.base, key) ? this.base[key] : undefined;
  }

  #holds(key: string | symbol): key is string {
    if (typeof key === "symbol") return false;
    const slot = this.#slots?.get(key);
    return slot === undefined ? Object.hasOwn(this.base, key) : slot !== deleted;
  }

  #write(key: string, slot: Slot): void {
    this.#slots ??= new Map();
    this.#slots.set(key, slot);
  }
}

/** What every object has. `__proto__` is a name like any other here: neither read nor written does it lead to a prototype. */
function inherited(key: string | symbol): unknown {
  return key === "__proto__" ? undefined : Reflect.get(Object.prototype, key);
}

function isChanged(before: JsonValue | undefined, slot: Slot): boolean {
  if (isAbsent(slot)) return before !== undefined;
  return slot instanceof Draft ? slot.isTouched || !isStill(before, slot) : !isStill(before, slot);
}

/** A member set to `undefined` is as good as deleted, as `JSON.stringify` would have it. */
function isAbsent(slot: Slot): boolean {
  return slot === deleted || (slot instanceof Given && slot.value === undefined);
}

function collectMember(
  path: string,
  before: JsonValue | undefined,
  slot: Slot,
  patch: PatchOperation[],
): void {
  if (isAbsent(slot)) patch.push({ op: "remove", path });
  else if (before === undefined) patch.push({ op: "add", path, value: jsonOf(slot, path) });
  else collectChange(path, before, slot, patch);
}

/** A key as a part of a JSON Pointer (RFC 6901). */
function escaped(key: string): string {
  return key.replaceAll("~", "~0").replaceAll("/", "~1");
}
