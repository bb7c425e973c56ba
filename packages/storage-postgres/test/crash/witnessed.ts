import type { PostgresStore } from "../../src/index.ts";
import type { Line } from "./job.ts";

/** The store itself, which from now on says which commits it acknowledged. */
export function witnessed(store: PostgresStore, add: (line: Line) => void): PostgresStore {
  const [commit, create] = [store.commit.bind(store), store.create.bind(store)];
  store.commit = async (change, options) => {
    const committed = await commit(change, options);
    const { runId, commitId } = change;
    add({ kind: "committed", runId, revision: change.run.revision, commitId });
    return committed;
  };
  store.create = async (run, options) => {
    const created = await create(run, options);
    const { runId, revision } = run.run;
    if (created.created) add({ kind: "committed", runId, revision, commitId: run.commitId });
    return created;
  };
  return store;
}
