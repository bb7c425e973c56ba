import type { RunState } from "../run/run-state.ts";
import { cancelMessages, livingDescendants, type CancelCause } from "./descendants.ts";
import type { Kernel } from "./kernel.ts";
import type { RunWriter } from "./run-writer.ts";

/** Cancels what a cancelled run has started: with its own cancel, and once more for what escaped that. */
export class FamilyCancel {
  readonly #kernel: Kernel;
  readonly #writer: RunWriter;
  #cause: CancelCause | null = null;
  readonly #told = new Set<string>();

  constructor(kernel: Kernel, writer: RunWriter) {
    this.#kernel = kernel;
    this.#writer = writer;
  }

  /** Tell the descendants in the commit that cancels the run. */
  async tell(by: string | null, reason: string): Promise<void> {
    const { runId, updatedAt: sentAt } = this.#writer.run;
    const stored = await livingDescendants(this.#kernel.store, runId);
    this.#cause = { runId, by, reason, sentAt };
    for (const message of this.#messages([...stored, ...this.#writer.newChildren], this.#cause))
      this.#writer.addMessage(message);
  }

  /**
   * A child that ended between the look at the family and the commit never read its cancel, and so told nobody below it.
   * Look again. Never throws: what can't be told now is logged.
   */
  async tellLate(): Promise<void> {
    if (this.#cause === null || this.#writer.run.status !== "cancelled") return;
    const { store, logger } = this.#kernel;
    try {
      const living = await livingDescendants(store, this.#cause.runId);
      const late = living.filter(({ runId }) => !this.#told.has(runId));
      for (const { runId, message } of this.#messages(late, this.#cause)) {
        await store.deliver(runId, message);
        this.#writer.noteCancelled(runId);
      }
    } catch (error) {
      logger.warn("descendants.not_told", { runId: this.#cause.runId, error: String(error) });
    }
  }

  #messages(living: readonly RunState[], cause: CancelCause): ReturnType<typeof cancelMessages> {
    for (const { runId } of living) this.#told.add(runId);
    return cancelMessages(living, cause);
  }
}
