import { describe, expect, it } from "vitest";
import { newKernel, type TestKernel } from "../../test/kernel.ts";
import { createdBody, ledgerOf, runOf, times } from "../../test/records.ts";
import { codeOf } from "../../test/world.ts";
import { stampRecord } from "../ledger/record-body.ts";
import type { Change, NewRun } from "../ports/durable-store.ts";
import { reduce } from "../run/reduce.ts";
import { commitSurely, createSurely } from "./commit-surely.ts";

const newRun: NewRun = {
  run: runOf(createdBody()),
  commitId: "created",
  records: ledgerOf(createdBody()),
  lease: null,
  wakeAt: null,
  children: [],
  messages: [],
};

/** A change that moves the run on, under its own commit id. */
function moveTo(nodeId: string, commitId: string): Change {
  const place = { seq: 2, revision: 2, commitId };
  const record = {
    ...stampRecord(
      { kind: "moved", nodeId, path: [], changes: [], ...times },
      { runId: "run", actorId: null, sessionId: null },
      place,
    ),
    last: true,
  };
  return {
    runId: "run",
    commitId,
    leaseId: null,
    expectedRevision: 1,
    inboxSeq: 0,
    refuseNewMessages: false,
    records: [record],
    run: reduce(newRun.run, record),
    consumed: [],
    lease: null,
    wakeAt: null,
    children: [],
    messages: [],
  };
}

async function kernelWithRun(): Promise<TestKernel> {
  const kernel = newKernel();
  await kernel.memory.create(newRun);
  return kernel;
}

describe("commitSurely", () => {
  it("sends the same commit again until the store answers", async () => {
    const kernel = await kernelWithRun();
    kernel.store.inject("commit", { kind: "fail_before" }, 3);
    const committed = commitSurely(kernel, moveTo("second", "mine"));
    await kernel.clock.advance(1_000);
    expect(await committed).toEqual({ inboxSeq: 0, messages: [] });
    expect((await kernel.memory.load("run"))?.head.commitId).toBe("mine");
  });

  it("takes a commit whose answer was lost for the success that it was", async () => {
    const kernel = await kernelWithRun();
    kernel.store.inject("commit", { kind: "fail_after" });
    const committed = commitSurely(kernel, moveTo("second", "mine"));
    await kernel.clock.advance(1_000);
    await committed;
    expect(await kernel.memory.records("run")).toHaveLength(2);
  });

  it("recognises its commit also when another one came on top of it, and reads the inbox then", async () => {
    const kernel = await kernelWithRun();
    kernel.store.inject("commit", { kind: "fail_after" });
    const mine = moveTo("second", "mine");
    const committed = commitSurely(kernel, mine);
    await kernel.clock.advance(0);
    const onTop = moveTo("third", "theirs");
    const record = { ...onTop.records[0]!, seq: 3, revision: 3 };
    await kernel.memory.commit({
      ...onTop,
      expectedRevision: 2,
      records: [record],
      run: reduce(mine.run, record),
    });
    await kernel.memory.deliver("run", {
      kind: "pause",
      messageId: "m",
      by: null,
      sentAt: times.startedAt,
    });
    await kernel.clock.advance(1_000);
    expect(await committed).toMatchObject({ inboxSeq: 1, messages: [{ position: 1 }] });
  });

  it("is overtaken when the ledger shows another's commit in its place", async () => {
    const kernel = await kernelWithRun();
    kernel.store.inject("commit", { kind: "fail_before" });
    const committed = codeOf(commitSurely(kernel, moveTo("second", "mine")));
    await kernel.clock.advance(0);
    await kernel.memory.commit(moveTo("third", "theirs"));
    await kernel.clock.advance(1_000);
    expect(await committed).toBe("revision_conflict");
  });

  it("does not send again what was refused", async () => {
    const kernel = await kernelWithRun();
    expect(await codeOf(commitSurely(kernel, { ...moveTo("a", "b"), leaseId: "not mine" }))).toBe(
      "lease_lost",
    );
    expect(kernel.clock.timers).toBe(0);
  });

  it("gives up once the store was away for two thirds of the lease", async () => {
    const kernel = await kernelWithRun();
    kernel.store.partition();
    const committed = codeOf(commitSurely(kernel, moveTo("second", "mine")));
    await kernel.clock.advance(kernel.leaseMs);
    expect(await committed).toBe("store_unavailable");
  });

  it("passes on a failure of another kind that comes meanwhile", async () => {
    const kernel = await kernelWithRun();
    kernel.store.inject("commit", { kind: "fail_before" });
    const committed = codeOf(commitSurely(kernel, moveTo("second", "mine")));
    await kernel.clock.advance(0);
    await kernel.memory.close();
    await kernel.clock.advance(1_000);
    expect(await committed).toBe("store_closed");
  });
});

describe("createSurely", () => {
  it("knows its own run again when the answer was lost", async () => {
    const kernel = newKernel();
    kernel.store.inject("create", { kind: "fail_after" });
    const created = createSurely(kernel, newRun);
    await kernel.clock.advance(1_000);
    expect(await created).toMatchObject({ created: true });
  });

  it("finds the run that was there before, and does not repeat what was refused", async () => {
    const kernel = await kernelWithRun();
    expect(await createSurely(kernel, { ...newRun, commitId: "other" })).toMatchObject({
      created: false,
    });
    await kernel.memory.close();
    expect(await codeOf(createSurely(kernel, newRun))).toBe("store_closed");
  });
});
