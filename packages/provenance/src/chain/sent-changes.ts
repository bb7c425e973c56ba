import { isAbstractRuntimeError, type Change } from "@abstractruntime/core/store";

/**
 * Changes whose outcome is not known: on their way, or sent without an answer. One that is sent again has to be the very same,
 * for it may have been written the first time.
 */
export class SentChanges {
  readonly #changes = new Map<string, Change>();
  readonly #size: number;
  readonly #onForgotten: (runId: string) => void;

  /** @param onForgotten told of a run one of whose changes is forgotten because there are too many. */
  constructor(size: number, onForgotten: (runId: string) => void) {
    this.#size = size;
    this.#onForgotten = onForgotten;
  }

  /** The change that was sent under this commit's id. */
  find(change: Change): Change | undefined {
    return this.#changes.get(keyOf(change));
  }

  /** Send a change, and keep it until it is known what became of it. */
  async send<Answer>(change: Change, send: (change: Change) => Promise<Answer>): Promise<Answer> {
    const key = keyOf(change);
    this.#changes.delete(key);
    this.#changes.set(key, change);
    this.#forgetOldest();
    try {
      const answer = await send(change);
      this.#changes.delete(key);
      return answer;
    } catch (error) {
      if (isRefusal(error)) this.#changes.delete(key);
      throw error;
    }
  }

  #forgetOldest(): void {
    for (const [key, { runId }] of this.#changes) {
      if (this.#changes.size <= this.#size) return;
      this.#changes.delete(key);
      this.#onForgotten(runId);
    }
  }
}

function keyOf({ runId, commitId }: Change): string {
  return `${runId} ${commitId}`;
}

/** Whether a store said that it wrote nothing. */
function isRefusal(error: unknown): boolean {
  return isAbstractRuntimeError(error) && error.code !== "store_unavailable";
}
