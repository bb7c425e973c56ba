import type { TransitionContext } from "../step/transition.ts";
import type { Kernel } from "./kernel.ts";

/** The present moment and new names, for a transition. */
export function transitionContext({ clock, ids }: Kernel): TransitionContext {
  return { now: clock.now(), token: () => ids.token() };
}
