import type { DurableStore } from "@abstractruntime/core/store";
import type { StoreMethod } from "../faults/fault.ts";

/** A call of a store, before it is made. */
export interface InterceptedCall {
  readonly method: StoreMethod;
  readonly args: readonly unknown[];
  readonly work: () => Promise<unknown>;
}

/** A store whose every call goes through `around`, which decides when it is made and what becomes of its answer. */
export function interceptedStore(
  store: DurableStore,
  around: (call: InterceptedCall) => Promise<unknown>,
): DurableStore {
  return new Proxy(store, {
    get(target, name): unknown {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== "function") return member;
      if (name === "onDue") return target.onDue.bind(target);
      return (...args: readonly unknown[]) =>
        around({
          method: name as StoreMethod, // all other functions of a store are for closing it, which nobody here does
          args,
          work: async () => Reflect.apply(member, target, args) as unknown,
        });
    },
  });
}
