export { VirtualClock } from "./clock/virtual-clock.ts";
export { crashAt } from "./faults/crash-points.ts";
export {
  seededFaults,
  type Fault,
  type FaultPlan,
  type SeededFaultOptions,
  type StoreCall,
  type StoreMethod,
} from "./faults/fault.ts";
export { FaultStore, type FaultStoreOptions, type StoreFault } from "./faults/fault-store.ts";
export { seededRandom, sequentialIds } from "./ids/sequential-ids.ts";
