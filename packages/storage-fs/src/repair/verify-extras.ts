import { isAbstractRuntimeError } from "@abstractruntime/core/store";
import { FileArtifactStore } from "../artifact/file-artifact-store.ts";
import { KeptEventLog } from "../event/kept-event-log.ts";
import { eventsFile, idIn } from "../folder/file-names.ts";
import type { Folder } from "../folder/folder.ts";
import { OpenFiles } from "../folder/open-files.ts";
import { FileSnapshotStore } from "../snapshot/file-snapshot-store.ts";
import { problemOf, type StoreProblem } from "./store-problem.ts";

/** Read what stands beside the runs: kept events, snapshots and artifacts with their contents. */
export async function verifyExtras(
  folder: Folder,
  names: readonly string[],
): Promise<readonly StoreProblem[]> {
  const problems: StoreProblem[] = [];
  const check = async (work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      if (!isAbstractRuntimeError(error, "store_corrupt")) throw error;
      problems.push(problemOf(error, null));
    }
  };
  if (names.includes(eventsFile))
    await check(() => new KeptEventLog(folder, new OpenFiles()).recover(0));
  await using snapshots = await FileSnapshotStore.open(folder.path, { readOnly: true });
  for (const name of names) {
    const snapshotId = idIn(name, "snapshot_", ".json");
    if (snapshotId !== undefined) await check(() => snapshots.load(snapshotId));
  }
  await using artifacts = await FileArtifactStore.open(folder.path, { readOnly: true });
  for (const name of await folder.inner("artifacts").names()) {
    const artifactId = idIn(name, "", ".meta");
    if (artifactId !== undefined) await check(() => readThrough(artifacts, artifactId));
  }
  return problems;
}

async function readThrough(artifacts: FileArtifactStore, artifactId: string): Promise<void> {
  if ((await artifacts.head(artifactId)) === undefined) return;
  for await (const piece of artifacts.open(artifactId)) void piece;
}
