export {
  FileArtifactStore,
  type FileArtifactStoreOptions,
} from "./artifact/file-artifact-store.ts";
export { FileStore } from "./file-store.ts";
export type { FileStoreOptions } from "./file-store-options.ts";
export { type CrashPoint, type CrashPointName, crashPoints } from "./folder/crash-points.ts";
export type { FileSystem } from "./folder/file-system.ts";
export { unlockStore } from "./lock/unlock-store.ts";
export { type RepairOptions, type RepairReport, repairStore } from "./repair/repair-store.ts";
export type { StoreProblem } from "./repair/store-problem.ts";
export { type VerifyReport, verifyStore } from "./repair/verify-store.ts";
export type { TornTail } from "./run/run-on-disk.ts";
export {
  FileSnapshotStore,
  type FileSnapshotStoreOptions,
} from "./snapshot/file-snapshot-store.ts";
export type { DamagedRun, Recovered, StoreReport } from "./store-report.ts";
