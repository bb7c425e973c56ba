import type { EffectContext } from "@abstractruntime/core";
import type { LlmDelta } from "../llm/llm-client.ts";
import type { LlmProgress } from "./llm-progress.ts";

/** Tells the watchers of a run what came of an answer, each piece with its place in it, and that the attempt is alive. */
export class DeltaReporter {
  readonly #context: Pick<EffectContext, "attempt" | "progress" | "heartbeat">;
  #answer = -1;
  #offset = 0;

  constructor(context: Pick<EffectContext, "attempt" | "progress" | "heartbeat">) {
    this.#context = context;
  }

  /** The next deltas are of a new answer: the first (0), or one that repairs it. Returns which. */
  beginAnswer(): number {
    this.#answer += 1;
    this.#offset = 0;
    return this.#answer;
  }

  report(delta: LlmDelta): void {
    const { attempt } = this.#context;
    const progress = {
      kind: "llm_delta",
      attempt,
      answer: this.#answer,
      offset: this.#offset,
      delta,
    } satisfies LlmProgress;
    if (delta.type === "content") this.#offset += delta.text.length;
    this.#context.heartbeat();
    this.#context.progress(progress);
  }
}
