export { MemoryStore } from "./memory/memory-store.ts";
export { consoleLogger } from "./ports/console-logger.ts";
export { randomIds } from "./ports/random-ids.ts";
export { silentLogger } from "./ports/silent-logger.ts";
export { systemClock } from "./ports/system-clock.ts";
