import { describe, expect, it } from "vitest";
import { newKernel } from "../../test/kernel.ts";
import { createdBody, ledgerOf, runOf, times } from "../../test/records.ts";
import type { RecordBody } from "../ledger/record-body.ts";
import type { DurableStore } from "../ports/durable-store.ts";
import { beginFold } from "../run/fold-run.ts";
import { reduce } from "../run/reduce.ts";
import type { RunState } from "../run/run-state.ts";
import { cancelMessages, livingDescendants } from "./descendants.ts";

const ended: RecordBody = {
  kind: "ended",
  nodeId: "first",
  path: [],
  changes: [],
  status: "completed",
  output: 1,
  error: null,
  ...times,
};

async function create(
  store: DurableStore,
  runId: string,
  parentRunId: string | null,
  ...more: readonly RecordBody[]
) {
  const records = ledgerOf(createdBody({ parentRunId }), ...more).map((record) => ({
    ...record,
    runId,
  }));
  const [first, ...rest] = records;
  const run = rest.reduce<RunState>(reduce, beginFold(first!));
  const commitId = `commit of ${runId}`;
  await store.create({
    run,
    commitId,
    records,
    lease: null,
    wakeAt: null,
    children: [],
    messages: [],
  });
}

describe("livingDescendants", () => {
  it("finds living children, and below children that ended, theirs", async () => {
    const { memory } = newKernel();
    await create(memory, "root", null);
    await create(memory, "a", "root");
    await create(memory, "a-child", "a");
    await create(memory, "b", "root", ended);
    await create(memory, "b-child", "b", ended);
    await create(memory, "b-grandchild", "b-child");
    const living = await livingDescendants(memory, "root");
    expect(living.map(({ runId }) => runId)).toEqual(["a", "b-grandchild"]);
  });

  it("finds all of very many children, page by page", async () => {
    const { memory } = newKernel();
    await create(memory, "root", null);
    const ids = Array.from({ length: 250 }, (_, index) => `child-${index}`);
    for (const id of ids) await create(memory, id, "root");
    const living = await livingDescendants(memory, "root");
    expect(living.map(({ runId }) => runId).toSorted()).toEqual(ids.toSorted());
  });
});

describe("cancelMessages", () => {
  it("tells each of them once, under an id made of the cancelled run", () => {
    const cause = { runId: "root", by: "ann", reason: "enough", sentAt: times.startedAt };
    expect(cancelMessages([runOf(createdBody())], cause)).toEqual([
      {
        runId: "run",
        message: {
          kind: "cancel",
          messageId: "root:cancelled",
          by: "ann",
          sentAt: times.startedAt,
          reason: "enough",
        },
      },
    ]);
  });
});
