import type { Snapshot, SnapshotQuery } from "../ports/snapshot-store.ts";

/** What of a snapshot can be searched for; a store need not read the run state for it. */
export type SnapshotFacts = Pick<Snapshot, "runId" | "name" | "description" | "tags">;

/**
 * Whether a snapshot passes all filters of a query: the run's id; a whole tag, in any case; a part of the name or
 * description, in any case. An empty text is no filter. Composed and decomposed accents are the same.
 */
export function snapshotFilter({
  runId = "",
  tag = "",
  text = "",
}: SnapshotQuery): (snapshot: SnapshotFacts) => boolean {
  const wantedTag = fold(tag);
  const wantedText = fold(text);
  return (snapshot) =>
    (runId === "" || snapshot.runId === runId) &&
    (wantedTag === "" || snapshot.tags.some((candidate) => fold(candidate) === wantedTag)) &&
    (wantedText === "" ||
      fold(snapshot.name).includes(wantedText) ||
      fold(snapshot.description ?? "").includes(wantedText));
}

function fold(text: string): string {
  return text.normalize("NFC").toLowerCase();
}
