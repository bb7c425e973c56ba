/** How long others go first when a run is due again that was left to them (milliseconds). */
const MS = 100;

/**
 * Lets other processes go first where this one put a run off for want of a handler: it takes no run of that workflow for a
 * moment once the run is due again. Else the process that is the quickest to wake would have it each time, in vain.
 */
export class RightOfWay {
  /** By workflow: the instants from which others go first (milliseconds since 1970). */
  readonly #from = new Map<string, number[]>();

  /** @returns in how many milliseconds to look again */
  give(workflowId: string, now: number, putOffMs: number): number {
    this.#from.set(workflowId, [...(this.#from.get(workflowId) ?? []), now + putOffMs]);
    return putOffMs + MS;
  }

  /** Whether others go first now. */
  isGiven(workflowId: string, now: number): boolean {
    const instants = this.#from.get(workflowId);
    if (instants === undefined) return false;
    const left = instants.filter((from) => now < from + MS);
    if (left.length === 0) this.#from.delete(workflowId);
    else this.#from.set(workflowId, left);
    return left.some((from) => now >= from);
  }
}
