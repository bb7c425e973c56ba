import { MemoryStore, type Change, type DurableStore, type NewRun } from "../src/index.ts";

type Args<Method extends "commit" | "create" | "claimDue" | "renew"> = Parameters<
  DurableStore[Method]
>;

/** A memory store that keeps what was written, and lets a test act just before or after a write. */
export class WatchedStore extends MemoryStore {
  readonly creates: NewRun[] = [];
  readonly commits: Change[] = [];
  claims = 0;
  renewals = 0;
  /** Called before each commit is written; what it throws is the commit's error. */
  beforeCommit: (change: Change) => void | Promise<void> = () => {};
  /** Called after each commit was written; what it throws is the commit's error. */
  afterCommit: (change: Change) => void | Promise<void> = () => {};

  /** Writes of a run so far: its creation and its commits. */
  writesOf(runId: string): number {
    const created = this.creates.filter(({ run }) => run.runId === runId).length;
    return created + this.commits.filter((change) => change.runId === runId).length;
  }

  override async create(...args: Args<"create">): ReturnType<DurableStore["create"]> {
    this.creates.push(args[0]);
    return super.create(...args);
  }

  override async commit(...args: Args<"commit">): ReturnType<DurableStore["commit"]> {
    await this.beforeCommit(args[0]);
    const committed = await super.commit(...args);
    this.commits.push(args[0]);
    await this.afterCommit(args[0]);
    return committed;
  }

  override async claimDue(...args: Args<"claimDue">): ReturnType<DurableStore["claimDue"]> {
    const claimed = await super.claimDue(...args);
    this.claims += claimed.runs.length;
    return claimed;
  }

  override async renew(...args: Args<"renew">): ReturnType<DurableStore["renew"]> {
    this.renewals += 1;
    return super.renew(...args);
  }
}
