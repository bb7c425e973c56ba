import { isAbstractRuntimeError, type Change } from "@abstractruntime/core/store";

/**
 * Changes whose outcome is not known: on their way, or sent without an answer. One that is sent again has to be the very same,
 * for it may have been written the first time.
 */
export class SentChanges {
  /** By run id; nearly always one for a run. */
  readonly #changes = new Map<string, readonly Change[]>();
  readonly #size: number;
  readonly #onForgotten: (runId: string) => void;

  /**
   * @param size of so many runs
   * @param onForgotten told of a run whose changes are forgotten because there are too many
   */
  constructor(size: number, onForgotten: (runId: string) => void) {
    this.#size = size;
    this.#onForgotten = onForgotten;
  }

  /** The change that was sent under this commit's id. */
  find({ runId, commitId }: Change): Change | undefined {
    return this.#changes.get(runId)?.find((change) => change.commitId === commitId);
  }

  /** Send a change, and keep it until it is known what became of it. */
  async send<Answer>(change: Change, send: (change: Change) => Promise<Answer>): Promise<Answer> {
    this.#keep(change);
    try {
      const answer = await send(change);
      this.#drop(change);
      return answer;
    } catch (error) {
      if (isRefusal(error)) this.#drop(change);
      throw error;
    }
  }

  #keep(change: Change): void {
    const { runId } = change;
    const others = this.#others(change);
    if (others.length > 0) this.#changes.delete(runId);
    this.#changes.set(runId, [...others, change]);
    for (const oldest of this.#changes.keys()) {
      if (this.#changes.size <= this.#size) return;
      this.#changes.delete(oldest);
      this.#onForgotten(oldest);
    }
  }

  #drop(change: Change): void {
    const others = this.#others(change);
    if (others.length === 0) this.#changes.delete(change.runId);
    else this.#changes.set(change.runId, others);
  }

  /** The run's changes under other ids. */
  #others({ runId, commitId }: Change): readonly Change[] {
    return this.#changes.get(runId)?.filter((change) => change.commitId !== commitId) ?? [];
  }
}

/** Whether a store said that it wrote nothing. */
function isRefusal(error: unknown): boolean {
  return isAbstractRuntimeError(error) && error.code !== "store_unavailable";
}
