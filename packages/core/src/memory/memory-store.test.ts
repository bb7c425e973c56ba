import { describe, expect, it } from "vitest";
import type { CreatedRecord, MovedRecord } from "../ledger/ledger-record.ts";
import type { Change, NewRun } from "../ports/durable-store.ts";
import { foldRun } from "../run/fold-run.ts";
import { reduce } from "../run/reduce.ts";
import type { RunState } from "../run/run-state.ts";
import { MemoryStore } from "./memory-store.ts";

const place = {
  runId: "r1",
  last: true,
  nodeId: "start",
  startedAt: "2026-01-01T00:00:00.000Z",
  endedAt: "2026-01-01T00:00:00.000Z",
  actorId: null,
  sessionId: null,
};

function newRun(fields: Partial<NewRun> = {}): NewRun {
  const created: CreatedRecord = {
    ...place,
    kind: "created",
    seq: 1,
    revision: 1,
    commitId: "c1",
    workflowId: "w",
    workflowVersion: "1",
    graphHash: null,
    vars: {},
    nonce: "n",
    parent: null,
    parentRunId: null,
    depth: 0,
  };
  return {
    run: foldRun([created]),
    commitId: "c1",
    records: [created],
    lease: null,
    wakeAt: null,
    children: [],
    messages: [],
    ...fields,
  };
}

function nextChange(run: RunState, fields: Partial<Change> = {}): Change {
  const moved: MovedRecord = {
    ...place,
    kind: "moved",
    seq: run.seq + 1,
    revision: run.revision + 1,
    commitId: "c2",
    path: [],
    changes: [],
  };
  return {
    runId: run.runId,
    commitId: "c2",
    leaseId: null,
    expectedRevision: run.revision,
    inboxSeq: 0,
    refuseNewMessages: false,
    records: [moved],
    run: reduce(run, moved),
    consumed: [],
    lease: null,
    wakeAt: null,
    children: [],
    messages: [],
    ...fields,
  };
}

// What every store promises is tested by the conformance suite of the testkit; here is what this one adds.
describe("MemoryStore", () => {
  const contradictions: readonly (readonly [
    what: string,
    fields: (change: Change) => Partial<Change>,
  ])[] = [
    ["no records", () => ({ records: [] })],
    [
      "a gap in seq",
      ({ records }) => ({ records: records.map((record) => ({ ...record, seq: 3 })) }),
    ],
    ["a state of another seq", ({ run }) => ({ run: { ...run, seq: 7 } })],
    ["a state of another revision", ({ run }) => ({ run: { ...run, revision: 7 } })],
  ];

  it.each(contradictions)("refuses a change with %s and writes nothing", async (_what, fields) => {
    const store = new MemoryStore();
    const { stored } = await store.create(newRun());
    const change = nextChange(stored.run);
    const refused = store.commit({ ...change, ...fields(change) });
    await expect(refused).rejects.toMatchObject({ code: "invalid_argument" });
    expect(await store.load("r1")).toEqual(stored);
    expect(await store.records("r1")).toHaveLength(1);
  });

  it("refuses a wakeAt that is no instant before anything is written", async () => {
    const store = new MemoryStore();
    const invalid = { code: "invalid_instant" };
    await expect(store.create(newRun({ wakeAt: "tomorrow" }))).rejects.toMatchObject(invalid);
    const children = [newRun({ wakeAt: "tomorrow" })];
    await expect(store.create(newRun({ children }))).rejects.toMatchObject(invalid);
    expect(await store.load("r1")).toBe(undefined);
    const { stored } = await store.create(newRun());
    const change = nextChange(stored.run, { wakeAt: "soon" });
    await expect(store.commit(change)).rejects.toMatchObject(invalid);
    expect(await store.load("r1")).toEqual(stored);
  });

  it("refuses limits and cursors that make no sense", async () => {
    const store = new MemoryStore();
    const invalid = { code: "invalid_argument" };
    for (const limit of [0, -1, 1.5, 1_001, Number.NaN]) {
      await expect(store.list({ limit })).rejects.toMatchObject(invalid);
      await expect(store.listChildren("r1", { limit })).rejects.toMatchObject(invalid);
      const claim = store.claimDue({ owner: "o", leaseMs: 1, limit, leaseIds: [] });
      await expect(claim).rejects.toMatchObject(invalid);
    }
    await expect(store.list({ cursor: "page 2" })).rejects.toMatchObject(invalid);
    const short = store.claimDue({ owner: "o", leaseMs: 1, limit: 2, leaseIds: ["one"] });
    await expect(short).rejects.toMatchObject(invalid);
  });

  it("says in a conflict what was expected and what is there", async () => {
    const store = new MemoryStore();
    const { stored } = await store.create(newRun());
    await store.commit(nextChange(stored.run));
    const stale = store.commit(nextChange(stored.run, { commitId: "c3" }));
    await expect(stale).rejects.toMatchObject({
      code: "revision_conflict",
      details: { runId: "r1", expected: 1, actual: 2 },
    });
  });

  it("says until when a run is held, and by whom", async () => {
    const clock = {
      now: () => Date.parse("2026-01-01T00:00:00Z"),
      sleep: never,
      schedule: () => () => {},
    };
    const store = new MemoryStore({ clock });
    const lease = { leaseId: "l", owner: "worker-1", leaseMs: 30_000 };
    const { stored } = await store.create(newRun({ lease }));
    await expect(store.commit(nextChange(stored.run))).rejects.toMatchObject({
      code: "run_leased",
      details: { runId: "r1", owner: "worker-1", until: "2026-01-01T00:00:30.000Z" },
    });
  });
});

function never(): Promise<void> {
  return new Promise(() => {});
}
