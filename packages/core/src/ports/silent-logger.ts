import type { Logger } from "./logger.ts";

/** Says nothing. What a runtime logs to by default. */
export const silentLogger: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

function ignore(): void {}
