import type { Clock, Logger } from "@abstractruntime/core/store";
import type { CrashPoint } from "./folder/crash-points.ts";
import type { FileSystem } from "./folder/file-system.ts";

/** What `FileStore.open` takes beside the folder. */
export interface FileStoreOptions {
  /** Judges leases and due times; the machine's by default. */
  readonly clock?: Pick<Clock, "now">;
  /** Silent by default. */
  readonly logger?: Logger;
  /** Open beside a writer, without the lock: reads see what is on disk now, and writes throw `store_read_only`. */
  readonly readOnly?: boolean;
  /** Called at each of `crashPoints`, for tests. */
  readonly crashPoint?: CrashPoint;
  /** Where the files are; Node's own file system by default. For tests of disks that fail. */
  readonly fs?: FileSystem;
}
