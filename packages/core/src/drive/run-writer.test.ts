import { describe, expect, it } from "vitest";
import { newKernel, type TestKernel } from "../../test/kernel.ts";
import { createdBody, runOf, times } from "../../test/records.ts";
import { codeOf } from "../../test/world.ts";
import type { Message } from "../inbox/message.ts";
import type { RecordBody } from "../ledger/record-body.ts";
import type { Lease, StoredRun } from "../ports/durable-store.ts";
import { foldRun } from "../run/fold-run.ts";
import { RunFound, RunWriter } from "./run-writer.ts";

const lease: Lease = { leaseId: "mine", owner: "me", leaseMs: 30_000 };
const identity = { runId: "run", actorId: "ann", sessionId: null };
const moved = (nodeId: string): RecordBody => ({
  kind: "moved",
  nodeId,
  path: [],
  changes: [],
  ...times,
});
const cancel: Message = {
  kind: "cancel",
  messageId: "m",
  by: null,
  sentAt: times.startedAt,
  reason: "r",
};

/** A writer that has just created its run and holds it. */
async function writerOfNewRun(kernel: TestKernel): Promise<RunWriter> {
  const writer = new RunWriter(kernel, lease, identity, false);
  writer.add([createdBody()]);
  await writer.flush({ keepLease: true });
  return writer;
}

async function stored(kernel: TestKernel): Promise<StoredRun> {
  const found = await kernel.memory.load("run");
  if (found === undefined) throw new Error("no run");
  return found;
}

describe("RunWriter", () => {
  it("creates a run and goes on writing it, each flush one commit that is closed by its last record", async () => {
    const kernel = newKernel();
    const writer = await writerOfNewRun(kernel);
    expect(writer.isHeld).toBe(true);
    writer.add([moved("second"), moved("third")]);
    expect(writer.run.currentNode).toBe("third");
    expect((await stored(kernel)).run.currentNode).toBe("first");
    await writer.flush({ keepLease: false });
    const records = await kernel.memory.records("run");
    expect(
      records.map(({ seq, revision, last, actorId }) => [seq, revision, last, actorId]),
    ).toEqual([
      [1, 1, true, "ann"],
      [2, 2, false, "ann"],
      [3, 2, true, "ann"],
    ]);
    expect(foldRun(records)).toEqual((await stored(kernel)).run);
    expect(writer.isHeld).toBe(false);
    expect((await stored(kernel)).head.leaseId).toBeNull();
  });

  it("tells of a run that has its id already, and writes nothing to it", async () => {
    const kernel = newKernel();
    await writerOfNewRun(kernel);
    const second = new RunWriter(kernel, { ...lease, leaseId: "other" }, identity, false);
    second.add([createdBody({ vars: { other: true } })]);
    await expect(second.flush({ keepLease: true })).rejects.toBeInstanceOf(RunFound);
    expect((await stored(kernel)).run.vars).toEqual({});
  });

  it("takes the lease of a free run with its first commit", async () => {
    const kernel = newKernel();
    const creator = await writerOfNewRun(kernel);
    await creator.giveBack();
    const writer = new RunWriter(
      kernel,
      { ...lease, leaseId: "taken" },
      await stored(kernel),
      false,
    );
    writer.add([moved("second")]);
    await writer.flush({ keepLease: true });
    expect((await stored(kernel)).head.leaseId).toBe("taken");
  });

  it("forgets what was not flushed", async () => {
    const kernel = newKernel();
    const writer = await writerOfNewRun(kernel);
    writer.add([moved("second")]);
    writer.discard();
    expect(writer.isDirty).toBe(false);
    expect(writer.run.currentNode).toBe("first");
    writer.add([moved("third")]);
    await writer.flush({ keepLease: true });
    expect((await stored(kernel)).run).toMatchObject({ currentNode: "third", revision: 2, seq: 2 });
  });

  it("gives messages back that came meanwhile, and does not let the run go before they are read", async () => {
    const kernel = newKernel();
    const writer = await writerOfNewRun(kernel);
    await kernel.memory.deliver("run", cancel);
    expect(await writer.giveBack()).toBe(false);
    writer.add([moved("second")]);
    const messages = await writer.flush({ keepLease: true });
    expect(messages.map(({ message }) => message.messageId)).toEqual(["m"]);
    expect(writer.inboxSeq).toBe(1);
    expect(await writer.giveBack()).toBe(true);
    expect(await writer.giveBack()).toBe(true);
  });

  it("refuses to overlook messages where they must come first", async () => {
    const kernel = newKernel();
    const writer = await writerOfNewRun(kernel);
    await kernel.memory.deliver("run", cancel);
    writer.add([moved("second")]);
    expect(await codeOf(writer.flush({ keepLease: true, refuseNewMessages: true }))).toBe(
      "inbox_changed",
    );
    expect((await stored(kernel)).run.currentNode).toBe("first");
  });

  it("leaves a run due at once whose messages only a driver with its code can read", async () => {
    const kernel = newKernel();
    const writer = await writerOfNewRun(kernel);
    await writer.giveBack();
    expect((await stored(kernel)).head.wakeAt).toBe("2026-01-01T00:00:00.000Z");
    writer.leaveUnread();
    expect(writer.wakeAt()).toBe("2026-01-01T00:00:00.000Z");
  });

  it("passes on what the store refuses", async () => {
    const kernel = newKernel();
    const writer = await writerOfNewRun(kernel);
    await kernel.memory.giveBack({ runId: "run", leaseId: "mine", inboxSeq: 0, wakeAt: null });
    expect(await codeOf(writer.giveBack())).toBe("lease_lost");
  });

  it("begins a run that 0.2.0 wrote with a record that holds the whole of it", async () => {
    const kernel = newKernel();
    const legacy = { ...runOf(createdBody({ vars: { old: 1 } })), revision: 0, seq: 0 };
    await kernel.memory.create({
      run: legacy,
      commitId: "",
      records: [],
      lease: null,
      wakeAt: null,
      children: [],
      messages: [],
    });
    const writer = new RunWriter(kernel, lease, await stored(kernel), false);
    writer.add([moved("second")]);
    await writer.flush({ keepLease: false });
    const records = await kernel.memory.records("run");
    expect(records.map(({ kind }) => kind)).toEqual(["adopted", "moved"]);
    expect(foldRun(records)).toMatchObject({
      vars: { old: 1 },
      currentNode: "second",
      revision: 1,
    });
  });

  it("has no run before its first record", () => {
    const writer = new RunWriter(newKernel(), lease, identity, false);
    expect(() => writer.run).toThrowError(/begins with its created record/);
  });
});
