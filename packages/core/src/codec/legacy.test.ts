import { describe, expect, it } from "vitest";
import { listFixtures, readFixture } from "../../test/fixture.ts";
import { fromLossless } from "../../test/from-lossless.ts";
import type { JsonObject } from "../json/json-value.ts";
import {
  LosslessNumber,
  type LosslessObject,
  type LosslessValue,
  parseLossless,
} from "../json/lossless-json.ts";
import { decodeArtifactMetadata, encodeArtifactMetadata } from "./artifact-metadata-codec.ts";
import { decodeLedgerLine, decodeLegacyRecord } from "./legacy-record.ts";
import { parseSnapshotText } from "./snapshot-codec.ts";
import { parseRunText } from "./stored-run-codec.ts";

interface ExpectedRun {
  readonly label: string;
  readonly status: string;
  readonly workflow_id: string;
  readonly current_node: string;
  readonly wait_reason: string | null;
  readonly wait_key: string | null;
  readonly until: string | null;
  readonly parent_run_id: string | null;
  readonly updated_at: string;
  readonly error: string | null;
  readonly ledger_statuses: readonly (readonly [string, string, number])[];
  readonly vars_leaves: readonly (readonly [string, string, string])[] | null;
}

interface Expected<Item> {
  readonly runs: Readonly<Record<string, Item>>;
}

const { runs } = JSON.parse(readFixture("store.expected.json")) as Expected<ExpectedRun>;

function readStored(runId: string): ReturnType<typeof parseRunText> {
  return parseRunText(readFixture(`store/run_${runId}.json`), `run_${runId}.json`);
}

/** Holds the integer 2^70, which JavaScript would write back as a float. */
const lossyRun = "5d094739-ae6d-421d-a3c5-21c601b5cd5e";
const readable = Object.entries(runs).filter(([runId]) => runId !== lossyRun);

function leafAt(vars: LosslessValue, pointer: string): LosslessValue | undefined {
  const keys = pointer.split("/").slice(1);
  return keys.reduce<LosslessValue | undefined>((value, key) => {
    const name = key.replaceAll("~1", "/").replaceAll("~0", "~");
    if (value instanceof Map) return (value as LosslessObject).get(name);
    return (value as readonly LosslessValue[])[Number(name)];
  }, vars);
}

/** A leaf as the fixtures write it: its type in Python, and its text. */
function describeLeaf(value: LosslessValue | undefined): readonly [string, string] {
  if (value instanceof LosslessNumber) return [value.isInteger ? "int" : "float", value.toPython()];
  if (value instanceof Map) return ["object", ""];
  if (Array.isArray(value)) return ["array", ""];
  if (typeof value === "boolean") return ["bool", String(value)];
  return typeof value === "string" ? ["string", value] : ["null", ""];
}

describe("runs that 0.2.0 wrote", () => {
  it.each(readable)("reads run %s", (runId, expected) => {
    const { run, head, legacy } = readStored(runId);
    expect(legacy).toBe(true);
    expect(run).toMatchObject({
      runId,
      status: expected.status,
      workflowId: expected.workflow_id,
      currentNode: expected.current_node,
      parentRunId: expected.parent_run_id,
      updatedAt: expected.updated_at,
      nonce: runId,
      revision: 0,
      seq: 0,
      workflowVersion: null,
      graphHash: null,
    });
    expect(run.waiting?.reason ?? null).toBe(expected.wait_reason);
    expect(run.waiting?.waitKey ?? null).toBe(expected.wait_key);
    expect(run.waiting?.until ?? null).toBe(expected.until);
    expect(run.error?.message ?? null).toBe(expected.error);
    expect(head).toMatchObject({ leaseId: null, claims: 0, inboxSeq: 0, inboxSize: 0 });
  });

  it.each(Object.entries(runs))("finds every value of run %s in its text", (runId, expected) => {
    const text = readFixture(`store/run_${runId}.json`);
    const vars = (parseLossless(text) as LosslessObject).get("vars") ?? null;
    const leaves = expected.vars_leaves ?? [];
    const read = leaves.map(([pointer]) => [pointer, ...describeLeaf(leafAt(vars, pointer))]);
    expect(read).toStrictEqual(leaves);
  });

  it.each(readable)("reads the same values of run %s", (runId) => {
    const text = readFixture(`store/run_${runId}.json`);
    const vars = (parseLossless(text) as LosslessObject).get("vars") ?? null;
    expect(readStored(runId).run.vars).toStrictEqual(fromLossless(vars));
  });

  it("refuses the run whose number JavaScript would change, and says which", () => {
    expect(() => readStored(lossyRun)).toThrow(
      `run_${lossyRun}.json: vars.who.answer.big: 1180591620717411303424 is beyond`,
    );
  });

  it("wakes running ones at once, timers in time, and others never", () => {
    const heads = readable.map(([runId, { status, until, updated_at: updatedAt }]) => [
      readStored(runId).head.wakeAt,
      status === "running" ? updatedAt : until,
    ]);
    expect(heads.map(([wakeAt]) => wakeAt)).toEqual(heads.map(([, expected]) => expected));
  });

  it("gives the wait of one file the same id each time, and that of another file another", () => {
    const waiting = readable.filter(([, { wait_reason: reason }]) => reason !== null);
    const ids = waiting.map(([runId]) => readStored(runId).run.waiting?.waitId);
    expect(ids).toEqual(waiting.map(([runId]) => readStored(runId).run.waiting?.waitId));
    expect(new Set(ids).size).toBe(waiting.length);
  });
});

const legacyRun = {
  run_id: "x",
  workflow_id: "w",
  status: "running",
  current_node: "n",
  vars: {},
  created_at: "2026-03-01T09:00:16+00:00",
  updated_at: "2026-03-01T09:00:17+00:00",
};

function readLegacy(fields: object): ReturnType<typeof parseRunText>["run"] {
  return parseRunText(JSON.stringify({ ...legacyRun, ...fields }), "run_x.json").run;
}

describe("odd runs of 0.2.0", () => {
  it("takes null vars for none, and missing optional fields for null", () => {
    expect(readLegacy({ vars: null, created_at: null })).toMatchObject({
      vars: {},
      createdAt: legacyRun.updated_at,
      actorId: null,
      waiting: null,
    });
  });

  it("drops the error that a cancelled run kept when it was ticked on to its end (0.2.0 D02)", () => {
    expect(readLegacy({ status: "completed", output: { a: 1 }, error: "stop" })).toMatchObject({
      status: "completed",
      output: { a: 1 },
      error: null,
    });
  });

  it("gives errors their code", () => {
    expect(readLegacy({ status: "failed", error: "boom" }).error).toMatchObject({
      code: "effect_failed",
      message: "boom",
    });
    expect(readLegacy({ status: "cancelled", error: "stop" }).error).toMatchObject({
      code: "cancelled",
      message: "stop",
    });
  });

  it.each([
    ["2026-04-01T02:00:00", "2026-04-01T02:00:00Z"],
    ["2026-04-01", "2026-04-01T00:00:00Z"],
    ["2026-04-01T02:00:00+02:00", "2026-04-01T02:00:00+02:00"],
  ])("takes the timer %s in UTC when it names no zone", (until, instant) => {
    expect(
      readLegacy({ status: "waiting", waiting: { reason: "until", until } }).waiting?.until,
    ).toBe(instant);
  });

  it.each<[string, string, RegExp]>([
    [
      "an integer beyond 2^53",
      '{"big": 9007199254740993}',
      /^run_x\.json: vars\.big: 9007199254740993 is beyond/,
    ],
    [
      "one deep inside",
      '{"a b": [{"n": -12345678901234567890}]}',
      /^run_x\.json: vars\["a b"\]\[0\]\.n: -1234/,
    ],
    ["a float beyond the range", '{"huge": 1e400}', /^run_x\.json: vars\.huge: 1e400 is beyond/],
    ["NaN (0.2.0 D45)", '{"nan": NaN}', /^run_x\.json: offset \d+: the text is not JSON/],
  ])("refuses %s and says where", (_title, vars, message) => {
    const text = JSON.stringify(legacyRun).replace('"vars":{}', `"vars":${vars}`);
    const read = (): unknown => parseRunText(text, "run_x.json");
    expect(read).toThrow(message);
    expect(read).toThrow(expect.objectContaining({ code: "store_corrupt" }));
  });

  it("accepts large floats and digits in text, which JavaScript holds as they are", () => {
    const vars = { float: 1e300, text: "12345678901234567890", exact: 9007199254740991 };
    expect(readLegacy({ vars }).vars).toStrictEqual(vars);
  });
});

describe("damaged run files", () => {
  it("reads the one that is whole", () => {
    expect(
      parseRunText(readFixture("store-damaged/ok/run_x.json"), "run_x.json").run,
    ).toMatchObject({
      runId: "x",
      status: "waiting",
      waiting: { reason: "user", resumeToNode: "done" },
    });
  });

  it.each([
    ["json-list", "run_x.json: expected an object, found a list"],
    [
      "missing-status",
      "run_x.json: status: expected one of running, waiting, completed, failed, cancelled, found nothing",
    ],
    [
      "trailing-garbage",
      /^run_x\.json: offset \d+: the text is not JSON, expected the end of the text$/,
    ],
    [
      "unknown-wait-reason",
      'run_x.json: waiting.reason: expected one of event, until, user, job, subworkflow, found "approval"',
    ],
    ["waiting-string", 'run_x.json: waiting: expected an object, found "user"'],
  ])("names the file and the place: %s", (name, message) => {
    const read = (): unknown =>
      parseRunText(readFixture(`store-damaged/${name}/run_x.json`), "run_x.json");
    expect(read).toThrow(message);
    expect(read).toThrow(expect.objectContaining({ code: "store_corrupt" }));
  });
});

describe("ledgers that 0.2.0 wrote", () => {
  const ledgers = Object.entries(runs).filter(
    ([, { ledger_statuses: statuses }]) => statuses.length > 0,
  );

  it.each(ledgers)("reads the ledger of %s", (runId, expected) => {
    const lines = readFixture(`store/ledger_${runId}.jsonl`).split("\n").filter(Boolean);
    const records = lines.map((line, index) =>
      decodeLegacyRecord(line, `ledger_${runId}.jsonl:${index + 1}`),
    );
    expect(records.map(({ nodeId, status, attempt }) => [nodeId, status, attempt])).toEqual(
      expected.ledger_statuses,
    );
    expect(records.every((record) => record.runId === runId)).toBe(true);
    expect(lines.map((line) => decodeLedgerLine(line, "ledger"))).toEqual(records);
  });

  it.each(listFixtures("chains"))("reads the chain %s", (name) => {
    const lines = readFixture(`chains/${name}`).split("\n").filter(Boolean);
    expect(lines.length).toBeGreaterThan(0);
    const hashes = lines.map((line) => decodeLegacyRecord(line, name).recordHash);
    expect(hashes).toEqual(
      lines.map((line) => (JSON.parse(line) as { record_hash: string | null }).record_hash),
    );
  });

  it("refuses a torn line and says which", () => {
    expect(() => decodeLegacyRecord('{"run_id": "x", ', "ledger_x.jsonl:7")).toThrow(
      "ledger_x.jsonl:7: offset 16: the text is not JSON, expected a string",
    );
  });
});

describe("snapshots and artifacts of 0.2.0", () => {
  const { snapshots } = JSON.parse(readFixture("snapshots.expected.json")) as {
    snapshots: Record<
      string,
      { run_id: string; name: string; tags: string[]; created_at: string; run_status: string }
    >;
  };

  it.each(Object.entries(snapshots))("reads the snapshot %s", (snapshotId, expected) => {
    const name = `snapshot_${snapshotId}.json`;
    const snapshot = parseSnapshotText(readFixture(`snapshots/${name}`), name);
    expect(snapshot).toMatchObject({
      snapshotId,
      runId: expected.run_id,
      name: expected.name,
      tags: expected.tags,
      createdAt: expected.created_at,
      runState: { runId: expected.run_id, status: expected.run_status, revision: 0 },
    });
  });

  it("names the snapshot's file and the place inside of its run", () => {
    const text = readFixture(`snapshots/${listFixtures("snapshots")[0]}`).replace(
      /"vars": \{/,
      '"vars": [], "was": {',
    );
    expect(() => parseSnapshotText(text, "snapshot_s.json")).toThrow(
      "snapshot_s.json: run_state.vars: expected an object, found a list",
    );
  });

  const metas = listFixtures("artifacts/artifacts").filter((name) => name.endsWith(".meta"));

  it.each(metas)("reads and writes back %s", (name) => {
    const stored = JSON.parse(readFixture(`artifacts/artifacts/${name}`)) as JsonObject;
    const metadata = decodeArtifactMetadata(stored, name);
    expect(`${metadata.artifactId}.meta`).toBe(name);
    expect(JSON.stringify(encodeArtifactMetadata(metadata))).toBe(JSON.stringify(stored));
  });
});
