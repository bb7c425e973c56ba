import type { StoreCapabilities } from "@abstractruntime/core/store";
import type { Expect } from "../runner.ts";
import type { StoreWorld } from "./store-world.ts";

/** Register one case. `applies` says for which stores it is; for all by default. */
type RegisterCase = (
  title: string,
  body: (world: StoreWorld) => Promise<void>,
  applies?: (capabilities: StoreCapabilities) => boolean,
) => void;

/** The cases of one theme. */
export interface Theme {
  readonly title: string;
  readonly cases: (it: RegisterCase, expect: Expect) => void;
}
