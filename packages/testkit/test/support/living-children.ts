import { isEnded, MemoryStore, type Clock } from "@abstractruntime/core";
import type { Change, NewRun, RunState } from "@abstractruntime/core/store";

/** A store that counts the children of each step that live at the same time. */
export class LivingChildren extends MemoryStore {
  readonly #born = new Set<string>();
  readonly #living = new Map<string, Set<string>>();
  /** The most that ever lived at the same time, by step. */
  readonly most = new Map<string, number>();

  constructor(clock: Clock) {
    super({ clock });
  }

  override async create(...args: Parameters<MemoryStore["create"]>) {
    const created = await super.create(...args);
    this.#note(args[0]);
    return created;
  }

  override async commit(...args: Parameters<MemoryStore["commit"]>) {
    const committed = await super.commit(...args);
    this.#note(args[0]);
    return committed;
  }

  #note({ run, children }: Change | NewRun): void {
    for (const child of children) {
      if (!this.#born.has(child.run.runId)) this.#bear(child.run);
      this.#note(child);
    }
    if (isEnded(run)) this.#living.get(run.parent?.stepId ?? "")?.delete(run.runId);
  }

  #bear({ runId, parent }: RunState): void {
    const stepId = parent?.stepId ?? "";
    const living = this.#living.get(stepId) ?? new Set();
    this.#born.add(runId);
    this.#living.set(stepId, living.add(runId));
    this.most.set(stepId, Math.max(this.most.get(stepId) ?? 0, living.size));
  }
}
