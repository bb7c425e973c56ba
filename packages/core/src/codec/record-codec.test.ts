import { describe, expect, it } from "vitest";
import type { CompletedRecord, IntentRecord, LedgerRecord } from "../ledger/ledger-record.ts";
import type { Wait } from "../wait/wait.ts";
import { decodeRecord } from "./decode-record.ts";
import { decodeLedgerLine } from "./legacy-record.ts";
import { encodeRecord } from "./record-codec.ts";
import { keepRendered, renderRecord } from "./render-record.ts";

const shared = {
  runId: "run",
  seq: 3,
  revision: 2,
  commitId: "c2",
  last: true,
  nodeId: "ask",
  startedAt: "2026-03-01T09:00:00.000Z",
  endedAt: "2026-03-01T09:00:00.000Z",
  actorId: null,
  sessionId: null,
};

const completed: CompletedRecord = {
  ...shared,
  kind: "completed",
  stepId: "s1",
  ordinal: 1,
  attempt: 2,
  idempotencyKey: "k",
  effectType: "llm_call",
  resultKey: "a.b",
  result: { cost: 0.000045 },
};

const begun: IntentRecord = {
  ...shared,
  kind: "begun",
  endedAt: null,
  stepId: "s1",
  ordinal: 1,
  attempt: 1,
  idempotencyKey: "k",
  effectType: "llm_call",
  intent: {
    effect: { type: "llm_call", payload: { prompt: "hi" }, resultKey: "a.b", refs: null },
    next: "act",
    onError: null,
    replay: "safe",
    waitId: "w1",
    path: [],
    changes: [],
  },
};

const wait: Wait = {
  waitId: "w1",
  stepId: "s1",
  reason: "user",
  waitKey: "user:run:ask",
  waitKeys: ["user:run:ask"],
  until: null,
  resumeToNode: "done",
  onErrorNode: null,
  resultKey: "answer",
  prompt: "Continue?",
  choices: null,
  allowFreeText: true,
  details: null,
  timeout: null,
  gate: null,
  join: null,
  any: false,
};

const keysOf020 = [
  "run_id",
  "step_id",
  "node_id",
  "status",
  "effect",
  "result",
  "error",
  "started_at",
  "ended_at",
  "actor_id",
  "session_id",
  "attempt",
  "idempotency_key",
  "prev_hash",
  "record_hash",
  "signature",
];

describe("a record at rest", () => {
  it("has 0.2.0's fields first, in their order", () => {
    expect(Object.keys(encodeRecord(completed)).slice(0, 16)).toEqual(keysOf020);
  });

  it("is canonical JSON that says only what there is to say", () => {
    expect(renderRecord(completed)).toBe(
      '{"actor_id":null,"attempt":2,"commit_id":"c2","effect":{"result_key":"a.b","type":"llm_call"},' +
        '"ended_at":"2026-03-01T09:00:00.000Z","error":null,"idempotency_key":"k","kind":"completed","last":true,' +
        '"node_id":"ask","ordinal":1,"prev_hash":null,"record_hash":null,"result":{"cost":4.5e-05},"revision":2,' +
        '"run_id":"run","seq":3,"session_id":null,"signature":null,"started_at":"2026-03-01T09:00:00.000Z",' +
        '"status":"completed","step_id":"s1"}',
    );
  });

  it("has the payload only in the record that intends the step", () => {
    expect(encodeRecord(begun)["effect"]).toEqual({
      type: "llm_call",
      payload: { prompt: "hi" },
      result_key: "a.b",
    });
    expect(encodeRecord({ ...begun, intent: null })["effect"]).toEqual({ type: "llm_call" });
  });

  it("shows a wait as 0.2.0 does", () => {
    const { intent: _, ...step } = begun;
    const record: LedgerRecord = { ...step, kind: "waiting", wait };
    expect(encodeRecord(record)).toMatchObject({
      status: "waiting",
      result: {
        wait: {
          reason: "user",
          wait_key: "user:run:ask",
          until: null,
          resume_to_node: "done",
          result_key: "answer",
        },
      },
    });
  });

  it("splits an error into 0.2.0's text and our details", () => {
    const error = {
      code: "effect_failed",
      message: "boom",
      nodeId: "ask",
      stepId: "s1",
      attempt: 2,
    };
    expect(encodeRecord({ ...completed, kind: "failed", error, retryAt: null })).toMatchObject({
      status: "failed",
      error: "boom",
      error_details: { code: "effect_failed", node_id: "ask", step_id: "s1", attempt: 2 },
    });
  });

  it("marks a run's end as 0.2.0 does, and keeps the output beside", () => {
    const ended: LedgerRecord = {
      ...shared,
      kind: "ended",
      status: "completed",
      output: { a: 1 },
      error: null,
      path: [],
      changes: [],
    };
    expect(encodeRecord(ended)).toMatchObject({
      status: "completed",
      result: { completed: true },
      output: { a: 1 },
    });
  });
});

describe("decodeRecord", () => {
  it("asks for an upgrade when a later version added the kind", () => {
    const text = renderRecord(completed).replace('"kind":"completed"', '"kind":"teleported"');
    expect(() => decodeRecord(text, "ledger_run.jsonl:3")).toThrow(
      /^ledger_run\.jsonl:3: kind: unknown kind.*upgrade/,
    );
  });

  it.each<[string, string, string, string]>([
    ["a torn line", '"step_id":"s1"}', "", "ledger:3: "],
    [
      "a missing number",
      '"seq":3,',
      "",
      "ledger:3: seq: expected a whole number from 1 on, found nothing",
    ],
    [
      "a number that counts nothing",
      '"seq":3',
      '"seq":0',
      "ledger:3: seq: expected a whole number from 1 on, found 0",
    ],
    [
      "a time that is none",
      '"ended_at":"2026-03-01',
      '"ended_at":"2026-02-30',
      "ledger:3: ended_at: expected an instant",
    ],
    [
      "an effect without its type",
      ',"type":"llm_call"',
      "",
      "ledger:3: effect.type: expected a string, found nothing",
    ],
    [
      "a kind that objects inherit",
      '"kind":"completed"',
      '"kind":"toString"',
      "ledger:3: kind: unknown kind",
    ],
  ])("refuses %s and says where", (_title, part, replacement, message) => {
    const text = renderRecord(completed).replace(part, replacement);
    expect(() => decodeRecord(text, "ledger:3")).toThrow(message);
    expect(() => decodeRecord(text, "ledger:3")).toThrow(
      expect.objectContaining({ code: "store_corrupt" }),
    );
  });

  it("refuses a patch that is none", () => {
    const record: LedgerRecord = {
      ...shared,
      kind: "moved",
      path: [],
      changes: [{ op: "remove", path: "/a" }],
    };
    const text = renderRecord(record);
    expect(decodeRecord(text, "ledger:3")).toEqual(record);
    expect(() => decodeRecord(text.replace("remove", "add"), "ledger:3")).toThrow(
      "changes: expected a JSON Patch",
    );
  });

  it("has the hash chain's fields under 0.2.0's names, and the text that was kept for it", () => {
    const chained: LedgerRecord = { ...completed, prevHash: "a", recordHash: "b", signature: "c" };
    const text = renderRecord(completed)
      .replace('"prev_hash":null,"record_hash":null', '"prev_hash":"a","record_hash":"b"')
      .replace('"signature":null', '"signature":"c"');
    expect(renderRecord(chained)).toBe(text);
    expect(decodeRecord(text, "ledger:3")).toEqual(chained);
    keepRendered(chained, "kept");
    expect(renderRecord(chained)).toBe("kept");
    expect(renderRecord({ ...chained })).toBe(text);
  });
});

it("tells our lines from 0.2.0's in one ledger", () => {
  expect(decodeLedgerLine(renderRecord(completed), "ledger:3")).toEqual(completed);
  const legacy = Object.fromEntries(
    Object.entries(encodeRecord(completed)).filter(([key]) => keysOf020.includes(key)),
  );
  expect(decodeLedgerLine(JSON.stringify(legacy), "ledger:3")).toMatchObject({
    runId: "run",
    effect: { payload: {} },
  });
});
