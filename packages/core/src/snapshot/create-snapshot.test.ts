import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { randomIds } from "../ports/random-ids.ts";
import type { Clock } from "../ports/clock.ts";
import { createRun } from "../run/reduce.ts";
import { createSnapshot } from "./create-snapshot.ts";
import { snapshotFilter, type SnapshotFacts } from "./snapshot-filter.ts";

const clock: Clock = {
  now: () => Date.parse("2026-03-01T09:00:00Z"),
  sleep: async () => undefined,
  schedule: () => () => undefined,
};

const newRun = () =>
  createRun({
    kind: "created",
    runId: "run-1",
    seq: 1,
    revision: 1,
    commitId: "c",
    last: true,
    nodeId: "start",
    startedAt: "2026-01-01T00:00:00Z",
    endedAt: "2026-01-01T00:00:00Z",
    actorId: null,
    sessionId: null,
    workflowId: "w",
    workflowVersion: null,
    graphHash: null,
    vars: { n: 1 },
    nonce: "n",
    parent: null,
    parentRunId: null,
    depth: 0,
  });

describe("createSnapshot", () => {
  it("bookmarks a run as it is now", () => {
    const run = newRun();
    const snapshot = createSnapshot({ run, name: "before", tags: ["a"], ids: randomIds, clock });
    expect(snapshot).toEqual({
      snapshotId: snapshot.snapshotId,
      runId: "run-1",
      stepId: null,
      name: "before",
      description: null,
      tags: ["a"],
      createdAt: "2026-03-01T09:00:00.000Z",
      updatedAt: "2026-03-01T09:00:00.000Z",
      runState: run,
    });
  });

  it("gives each snapshot an id of its own, or the given one", () => {
    const options = { run: newRun(), name: "x", ids: randomIds, clock };
    const made = createSnapshot(options).snapshotId;
    expect(createSnapshot(options).snapshotId).not.toBe(made);
    expect(createSnapshot({ ...options, snapshotId: "mine" }).snapshotId).toBe("mine");
  });

  it("refuses an id that could leave its folder, an empty name and an empty tag", () => {
    const options = { run: newRun(), name: "x", ids: randomIds, clock };
    const refusal = (code: string) => expect.objectContaining({ code });
    expect(() => createSnapshot({ ...options, snapshotId: "x/../../y" })).toThrow(
      refusal("invalid_id"),
    );
    expect(() => createSnapshot({ ...options, name: "" })).toThrow(refusal("invalid_argument"));
    expect(() => createSnapshot({ ...options, tags: ["a", ""] })).toThrow(
      refusal("invalid_argument"),
    );
  });
});

describe("snapshotFilter", () => {
  const ids = ["46f14170-5930-4965-8313-063d20dd02f4", "d992f7f5-75ee-464f-b505-d6e19e9cc914"];
  const [invoice, café] = ids.map((id) => {
    const file = `../../../../fixtures/python-0.2.0/snapshots/snapshot_${id}.json`;
    const { run_id: runId, ...facts } = JSON.parse(
      readFileSync(new URL(file, import.meta.url), "utf8"),
    ) as SnapshotFacts & { readonly run_id: string };
    return { ...facts, runId };
  }) as [SnapshotFacts, SnapshotFacts];

  it("finds 0.2.0's snapshots by tag, text and run", () => {
    expect(snapshotFilter({ tag: "PROD", text: "invoice:" })(invoice)).toBe(true);
    expect(snapshotFilter({ tag: "été", runId: café.runId })(café)).toBe(true);
    expect(snapshotFilter({ tag: "prod", runId: café.runId })(invoice)).toBe(false);
    expect(snapshotFilter({})(café)).toBe(true);
  });

  it("takes composed and decomposed accents for the same", () => {
    expect(snapshotFilter({ text: "cafe\u0301" })(café)).toBe(true);
    expect(snapshotFilter({ tag: "e\u0301te\u0301" })(café)).toBe(true);
  });

  it("lowers the letters of every language alike", () => {
    const facts = { ...invoice, name: "İstanbul" };
    expect(snapshotFilter({ text: "i\u0307stanbul" })(facts)).toBe(true);
    expect(snapshotFilter({ text: "İSTANBUL" })(facts)).toBe(true);
  });
});
