/**
 * The named places of writing. `FileStore.open(dir, { crashPoint })` calls its hook at each of them, so that a test can
 * kill the process there, or copy the folder as a crash would leave it.
 */
export const crashPoints = [
  "artifact:content-written",
  "artifact:metadata-written",
  "checkpoint:renamed",
  "checkpoint:temp-written",
  "claims:appended",
  "close:checkpoints-written",
  "commit:appended",
  "commit:before-append",
  "commit:synced",
  "events:appended",
  "events:before-append",
  "events:synced",
  "inbox:appended",
  "inbox:before-append",
  "inbox:compacted",
  "inbox:synced",
  "intent:children",
  "intent:messages",
  "intent:removed",
  "intent:written",
  "purge:inbox-removed",
  "purge:removed",
  "purge:run-removed",
  "snapshot:renamed",
] as const;

export type CrashPointName = (typeof crashPoints)[number];

/** Called at every crash point and awaited there. One that throws is a failed write. */
export type CrashPoint = (name: CrashPointName) => void | Promise<void>;

export const noCrash: CrashPoint = () => {};
