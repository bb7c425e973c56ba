import { builtIns } from "../builtin/built-ins.ts";
import type { BuiltIn } from "../builtin/built-in.ts";
import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { EffectDefinition } from "./effect-definition.ts";

/** The effects that a runtime can perform, by type. A user's definition goes before a built-in of the same type. */
export class EffectRegistry {
  readonly #definitions = new Map<string, EffectDefinition>();

  /** @throws duplicate_effect two definitions of one type */
  constructor(definitions: Iterable<EffectDefinition> = []) {
    for (const definition of definitions) {
      if (this.#definitions.has(definition.type)) throw duplicate(definition.type);
      this.#definitions.set(definition.type, definition);
    }
  }

  get(type: string): EffectDefinition | undefined {
    return this.#definitions.get(type);
  }

  /** The built-in of this type, unless the user replaced it. */
  builtIn(type: string): BuiltIn | undefined {
    return this.#definitions.has(type) ? undefined : builtIns.get(type);
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
