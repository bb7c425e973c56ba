export { VirtualClock } from "./clock/virtual-clock.ts";
export { seededRandom, sequentialIds } from "./ids/sequential-ids.ts";
