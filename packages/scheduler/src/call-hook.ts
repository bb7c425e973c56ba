import type { Logger } from "@abstractruntime/core";

/** Call the user's own function: what it throws is logged, and harms nobody. */
export function callHook(logger: Logger, hook: () => void): void {
  try {
    hook();
  } catch (error) {
    logger.warn("scheduler.hook_failed", { error: String(error) });
  }
}
