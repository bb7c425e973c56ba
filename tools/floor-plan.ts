/**
 * Which of our packages each package's sources may import. Every arrow points at core; siblings meet only in apps, and
 * nobody imports an app. A package that is missing here can't be checked, so it fails: give it its line.
 */
export const floorPlan: Readonly<Record<string, readonly string[]>> = {
  core: [],
  abstractcore: ["core"],
  bullmq: ["core", "scheduler"],
  provenance: ["core"],
  scheduler: ["core"],
  testkit: ["core"],
  "storage-fs": ["core"],
  "storage-postgres": ["core"],
};

/** The `node:` modules a package may import, where that is less than all: core has no I/O. */
export const builtinsOf: Readonly<Record<string, readonly string[]>> = {
  core: ["node:crypto"],
};
