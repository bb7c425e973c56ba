import type { JsonObject, JsonValue } from "../json/json-value.ts";
import type { PatchOperation } from "../json/patch.ts";

export type Container = JsonObject | readonly JsonValue[];

/** What the drafts of one document share: they are made by it, and closed together. */
export interface Session {
  isOpen: boolean;
  draftOf(base: Container, parent: Draft): Draft;
}

/** Only drafts answer to this key, with the state behind them. */
export const behind: unique symbol = Symbol("the state behind a draft");

/**
 * The state behind one object or list of a draft, and the handler of its proxy. The base stays as it is; what is read or
 * written is kept beside it.
 *
 * The parent is where it was first read. It may be moved from there, but whatever holds it then was written to: if each touch
 * is passed on to the parents, what was not touched holds no change.
 */
export abstract class Draft implements ProxyHandler<object> {
  abstract readonly base: Container;
  /** What the handler has of it. */
  readonly value: object;
  isTouched = false;
  protected readonly session: Session;
  readonly #parent: Draft | null;

  /** @param target an object of our own: the base may be frozen, and no proxy may show a frozen object's members changed */
  constructor(session: Session, parent: Draft | null, target: object) {
    this.session = session;
    this.#parent = parent;
    this.value = new Proxy(target, this);
  }

  abstract set(target: object, key: string | symbol, value: unknown): boolean;

  /** Add what makes of the base, which is at `path`, what the draft is now. */
  abstract collect(path: string, patch: PatchOperation[]): void;

  defineProperty(target: object, key: string | symbol, how: PropertyDescriptor): boolean {
    if (!("value" in how) || [how.writable, how.enumerable, how.configurable].includes(false))
      throw new TypeError(`vars are JSON: ${String(key)} can't be an accessor, hidden or constant`);
    return this.set(target, key, how.value);
  }

  setPrototypeOf(): boolean {
    throw new TypeError("vars are JSON: their prototype can't be set");
  }

  preventExtensions(): boolean {
    throw new TypeError("vars can't be frozen or sealed while a handler may change them");
  }

  protected assertOpen(): void {
    if (!this.session.isOpen)
      throw new TypeError("these vars are closed: copy what you need while the handler runs");
  }

  protected touch(): void {
    if (this.isTouched) return;
    this.isTouched = true;
    this.#parent?.touch();
  }
}

/** The draft behind a value, if it is one. What inherits from a draft, or a proxy before one, answers as it does and is none. */
export function draftBehind(value: object): Draft | undefined {
  const { [behind]: draft } = value as { readonly [behind]?: unknown };
  return draft instanceof Draft && draft.value === value ? draft : undefined;
}

/** What can be read in a value's place: the base of a draft that nobody has changed, without a draft of each part. */
export function readable<Value extends object>(value: Value): Value | Container {
  const draft = draftBehind(value);
  return draft === undefined || draft.isTouched ? value : draft.base;
}
