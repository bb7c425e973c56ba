import type { Logger } from "@abstractruntime/core";

/** Call the user's own function: what it throws is logged under `event`, and harms nobody. */
export function callHook(logger: Logger, event: string, hook: () => void): void {
  try {
    hook();
  } catch (error) {
    logger.warn(event, { error: String(error) });
  }
}
