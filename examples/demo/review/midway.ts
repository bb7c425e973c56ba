import type { ArtifactStore } from "@abstractruntime/core";

/** An effect that is in the middle of its work: begun, and not ended. */
export interface Midway {
  readonly effect: string;
  /** What it works on. */
  readonly subject: string;
  readonly attempt: number;
  /** Which document this is, from 1, of how many; null for effects that are about none. */
  readonly number: number | null;
  /** Number of documents. */
  readonly of: number;
}

/** What the effects of the review get as `context.context`. */
export interface ReviewContext {
  /** Called by each effect in its middle; goes on when the returned promise resolves. */
  readonly midway: (where: Midway) => Promise<void>;
  readonly artifacts: ArtifactStore;
}
