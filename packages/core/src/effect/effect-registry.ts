import { builtIns } from "../builtin/built-ins.ts";
import type { BuiltIn } from "../builtin/built-in.ts";
import { delegated } from "../builtin/delegated.ts";
import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { isDelegatedEffect, type DelegatedEffect } from "./delegated-effect.ts";
import type { EffectDefinition } from "./effect-definition.ts";

/** The effects that a runtime can perform, by type. A user's definition goes before a built-in of the same type. */
export class EffectRegistry {
  readonly #definitions = new Map<string, EffectDefinition>();
  readonly #delegated = new Map<string, BuiltIn>();

  /** @throws duplicate_effect two definitions of one type */
  constructor(definitions: Iterable<EffectDefinition | DelegatedEffect> = []) {
    for (const definition of definitions) {
      const { type } = definition;
      if (this.#definitions.has(type) || this.#delegated.has(type)) throw duplicate(type);
      if (isDelegatedEffect(definition)) this.#delegated.set(type, delegated(definition));
      else this.#definitions.set(type, definition);
    }
  }

  get(type: string): EffectDefinition | undefined {
    return this.#definitions.get(type);
  }

  /** What the kernel evaluates by itself: a delegated effect, or the built-in of this type, unless the user replaced it. */
  builtIn(type: string): BuiltIn | undefined {
    if (this.#definitions.has(type)) return undefined;
    return this.#delegated.get(type) ?? builtIns.get(type);
  }
}

function duplicate(type: string): AbstractRuntimeError {
  return new AbstractRuntimeError(
    "duplicate_effect",
    `two effects have the type ${type}: give each its own`,
    {
      details: { type },
    },
  );
}
