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
export {
  scriptedEffect,
  type EffectScript,
  type ScriptedCall,
  type ScriptedEffect,
  type ScriptedOutcome,
} from "./effects/scripted-effect.ts";
export {
  simulate,
  SimulationError,
  type SimulatedRun,
  type SimulationReport,
} from "./simulation/simulate.ts";
export type {
  CrashPoint,
  OutsideAction,
  SimulatedFaults,
  SimulatedStart,
  SimulationOptions,
} from "./simulation/simulation-options.ts";
export type { Execution, SimulatedWorld } from "./simulation/simulated-world.ts";
export type { SimulationCounts } from "./simulation/simulation.ts";
export type { SimulatedCrash } from "./simulation/wire.ts";
export type { Accepted } from "./simulation/witness.ts";
