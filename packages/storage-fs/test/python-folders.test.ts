import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  isAbstractRuntimeError,
  type LedgerRecord,
  parseInstant,
  type StoredRun,
} from "@abstractruntime/core/store";
import { claimRequest, newLease, newRun } from "@abstractruntime/testkit/conformance";
import { describe, expect, it } from "vitest";
import { FileStore, verifyStore } from "../src/index.ts";
import { copyOf, freshFolder } from "./fresh-folder.ts";

const fixtures = join(import.meta.dirname, "../../../fixtures/python-0.2.0");

interface ExpectedRun {
  readonly status: string;
  readonly workflow_id: string;
  readonly current_node: string;
  readonly wait_reason: string | null;
  readonly wait_key: string | null;
  readonly until: string | null;
  readonly parent_run_id: string | null;
  readonly updated_at: string;
  readonly ledger_statuses: readonly unknown[];
  readonly file_sha256: string;
  readonly ledger_sha256: string | null;
}

async function expectedRuns(): Promise<ReadonlyMap<string, ExpectedRun>> {
  const text = await readFile(join(fixtures, "store.expected.json"), "utf8");
  const { runs } = JSON.parse(text) as { runs: Record<string, ExpectedRun> };
  return new Map(Object.entries(runs));
}

/** Holds an integer beyond 2^53, which JavaScript would change. */
const tooBig = "5d094739-ae6d-421d-a3c5-21c601b5cd5e";

/** Of a file's bytes; null when there is no such file. */
async function sha256(dir: string, name: string): Promise<string | null> {
  const bytes = await readFile(join(dir, name)).catch(() => null);
  return bytes && createHash("sha256").update(bytes).digest("hex");
}

/** The commit that takes a run of 0.2.0 over, as the kernel makes it. */
function adoption({ run }: StoredRun): Parameters<FileStore["commit"]>[0] {
  const at = "2026-04-01T00:00:00.000Z";
  const record: LedgerRecord = {
    kind: "adopted",
    runId: run.runId,
    seq: run.seq + 1,
    revision: 1,
    commitId: `adopt-${run.runId}`,
    last: true,
    nodeId: run.currentNode,
    startedAt: at,
    endedAt: at,
    actorId: run.actorId,
    sessionId: run.sessionId,
    run,
  };
  return {
    runId: run.runId,
    commitId: record.commitId,
    leaseId: null,
    expectedRevision: 0,
    inboxSeq: 0,
    refuseNewMessages: false,
    records: [record],
    run: { ...run, seq: record.seq, revision: 1, updatedAt: at },
    consumed: [],
    lease: null,
    wakeAt: null,
    children: [],
    messages: [],
  };
}

describe("a folder that 0.2.0 wrote", () => {
  it("opens and lists every run as 0.2.0 has it", async () => {
    await using store = await FileStore.open(await copyOf(join(fixtures, "store")));
    const expected = await expectedRuns();
    const { items } = await store.list();
    const readable = [...expected.keys()].filter((runId) => runId !== tooBig);
    expect(items.map(({ run }) => run.runId).toSorted()).toEqual(readable.toSorted());
    for (const { run } of items) {
      const row = expected.get(run.runId);
      expect({
        status: run.status,
        workflow_id: run.workflowId,
        current_node: run.currentNode,
        wait_reason: run.waiting?.reason ?? null,
        wait_key: run.waiting?.waitKey ?? null,
        parent_run_id: run.parentRunId,
        revision: run.revision,
        seq: run.seq,
      }).toEqual({
        status: row?.status,
        workflow_id: row?.workflow_id,
        current_node: row?.current_node,
        wait_reason: row?.wait_reason,
        wait_key: row?.wait_key,
        parent_run_id: row?.parent_run_id,
        revision: 0,
        seq: row?.ledger_statuses.length,
      });
      expect(parseInstant(run.updatedAt)).toBe(parseInstant(row?.updated_at ?? ""));
    }
    expect(store.report().recovered).toEqual([]);
    expect(store.report().damaged.map((damage) => damage.runId)).toEqual([tooBig]);
  });

  it("refuses a run with an integer beyond 2^53, with its path, and leaves the file alone", async () => {
    await using store = await FileStore.open(await copyOf(join(fixtures, "store")));
    const error: unknown = await store.load(tooBig).catch((thrown: unknown) => thrown);
    expect(isAbstractRuntimeError(error, "store_corrupt")).toBe(true);
    expect(String(error)).toContain(`run_${tooBig}.json: vars.who.answer.big`);
  });

  it("is left byte for byte as it was when nobody drives its runs", async () => {
    const dir = await copyOf(join(fixtures, "store"));
    const store = await FileStore.open(dir);
    for (const { run } of (await store.list()).items) await store.recordTexts(run.runId);
    await store.close();
    for (const [runId, { file_sha256, ledger_sha256 }] of await expectedRuns()) {
      expect(await sha256(dir, `run_${runId}.json`)).toBe(file_sha256);
      expect(await sha256(dir, `ledger_${runId}.jsonl`)).toBe(ledger_sha256);
    }
    expect((await verifyStore(dir)).problems.map((problem) => problem.runId)).toEqual([tooBig]);
  });

  it("hands out running runs at once and timers when they are due", async () => {
    await using store = await FileStore.open(await copyOf(join(fixtures, "store")));
    const { runs } = await store.claimDue(claimRequest());
    const { items } = await store.list();
    const now = Date.now();
    const due = items.filter(({ run }) => {
      if (run.status === "running") return true;
      return run.waiting?.until != null && parseInstant(run.waiting.until) <= now;
    });
    expect(runs.map(({ run }) => run.runId).toSorted()).toEqual(
      due.map(({ run }) => run.runId).toSorted(),
    );
  });

  it("keeps legacy lines before ours verbatim, and folds from the adopted record on", async () => {
    const dir = await copyOf(join(fixtures, "store"));
    for (const runId of (await expectedRuns()).keys()) {
      if (runId === tooBig) continue;
      const store = await FileStore.open(dir);
      const stored = await store.load(runId);
      if (stored === undefined) throw new TypeError(`no run ${runId}`);
      const before = await store.recordTexts(runId);
      expect(await store.records(runId)).toEqual([]);
      await store.commit(adoption(stored));
      await store.close();
      const again = await FileStore.open(dir);
      expect((await again.load(runId))?.run).toEqual(adoption(stored).run);
      expect((await again.records(runId)).map(({ seq }) => seq)).toEqual([before.length + 1]);
      expect((await again.recordTexts(runId)).slice(0, -1)).toEqual(before);
      await again.close();
    }
    expect((await verifyStore(dir)).problems.map((problem) => problem.runId)).toEqual([tooBig]);
  });

  it("is the truth again where 0.2.0 wrote a run after us", async () => {
    const dir = await copyOf(join(fixtures, "store"));
    const [runId = ""] = (await expectedRuns()).keys();
    const store = await FileStore.open(dir);
    const stored = await store.load(runId);
    if (stored === undefined) throw new TypeError(`no run ${runId}`);
    await store.deliver(runId, {
      kind: "event",
      messageId: "m1",
      by: null,
      sentAt: "2026-04-01T00:00:00Z",
      key: "k",
      payload: 1,
    });
    await store.commit(adoption(stored));
    await store.close();
    const original = await readFile(join(fixtures, "store", `run_${runId}.json`), "utf8");
    await writeFile(join(dir, `run_${runId}.json`), original.replace('"mid"', '"other"'));
    await using again = await FileStore.open(dir);
    const taken = await again.load(runId);
    expect(taken?.run.workflowId).toBe("other");
    expect(taken?.run.revision).toBe(0);
    expect(taken?.run.seq).toBe(stored.run.seq + 1);
    expect((await again.readInbox(runId)).map(({ message }) => message.messageId)).toEqual(["m1"]);
    expect(await again.records(runId)).toEqual([]);
  });

  it("cuts a torn last line of 0.2.0 before the first line of ours (0.2.0 D11)", async () => {
    const dir = await copyOf(join(fixtures, "store"));
    const [runId = ""] = (await expectedRuns()).keys();
    const name = join(dir, `ledger_${runId}.jsonl`);
    const whole = await readFile(name);
    await writeFile(name, Buffer.concat([whole, Buffer.from('{"run_id": "01')]));
    const store = await FileStore.open(dir);
    expect(store.report().recovered).toEqual([
      { kind: "torn_tail", file: name, offset: whole.length, bytes: 14 },
    ]);
    const stored = await store.load(runId);
    if (stored === undefined) throw new TypeError(`no run ${runId}`);
    await store.commit(adoption(stored));
    expect(await store.recordTexts(runId)).toHaveLength(3);
    await store.close();
    expect((await readFile(name)).subarray(0, whole.length).equals(whole)).toBe(true);
    expect((await verifyStore(dir)).problems.map((problem) => problem.runId)).toEqual([tooBig]);
  });

  it("takes over a ledger whose last line lacks its newline", async () => {
    const dir = await copyOf(join(fixtures, "store"));
    const [runId = ""] = (await expectedRuns()).keys();
    const name = join(dir, `ledger_${runId}.jsonl`);
    const whole = await readFile(name);
    await writeFile(name, whole.subarray(0, -1));
    const store = await FileStore.open(dir);
    const stored = await store.load(runId);
    if (stored === undefined) throw new TypeError(`no run ${runId}`);
    await store.commit(adoption(stored));
    await store.close();
    await using again = await FileStore.open(dir);
    expect((await again.load(runId))?.run.revision).toBe(1);
    expect(await again.recordTexts(runId)).toHaveLength(3);
    expect(await again.records(runId)).toHaveLength(1);
  });

  it("refuses a first commit that does not adopt the run", async () => {
    await using store = await FileStore.open(await copyOf(join(fixtures, "store")));
    const [runId = ""] = (await expectedRuns()).keys();
    const stored = await store.load(runId);
    if (stored === undefined) throw new TypeError(`no run ${runId}`);
    const change = adoption(stored);
    const records = change.records.map((record) => ({
      ...record,
      kind: "moved" as const,
      path: [],
      changes: [],
    }));
    await expect(store.commit({ ...change, records })).rejects.toMatchObject({
      code: "invalid_argument",
    });
  });
});

describe("run files that 0.2.0 can't read", () => {
  it("are errors that name the file, and leave other runs alone (0.2.0 D36)", async () => {
    const cases = (await readdir(join(fixtures, "store-damaged"))).filter((name) => name !== "ok");
    for (const name of cases) {
      const dir = await copyOf(join(fixtures, "store"));
      const text = await readFile(join(fixtures, "store-damaged", name, "run_x.json"));
      await writeFile(join(dir, "run_x.json"), text);
      await using store = await FileStore.open(dir);
      const others = (await store.list()).items.filter(({ run }) => run.runId !== "x");
      expect(others).toHaveLength(8);
      const error: unknown = await store.load("x").catch((thrown: unknown) => thrown);
      expect(isAbstractRuntimeError(error, "store_corrupt")).toBe(true);
      expect(String(error)).toContain(join(dir, "run_x.json"));
      expect(store.report().damaged.map((damage) => damage.runId)).toContain("x");
      expect(await readFile(join(dir, "run_x.json"))).toEqual(text);
    }
  });
});

it("reads a run file that 0.2.0 can read too", async () => {
  await using store = await FileStore.open(await copyOf(join(fixtures, "store-damaged", "ok")));
  expect((await store.load("x"))?.run.status).toBe("waiting");
});

describe("artifacts and snapshots that 0.2.0 wrote", () => {
  it("are read, content and metadata", async () => {
    const dir = await copyOf(join(fixtures, "artifacts"));
    const text = await readFile(join(fixtures, "artifacts.expected.json"), "utf8");
    const { items } = JSON.parse(text) as {
      items: {
        artifact_id: string;
        content_type: string;
        size_bytes: number;
        run_id: string | null;
        tags: Record<string, string>;
        sha256: string;
      }[];
    };
    await using store = await FileStore.open(dir);
    expect((await store.artifacts.list()).items).toHaveLength(items.length);
    for (const item of items) {
      const hash = createHash("sha256");
      for await (const piece of store.artifacts.open(item.artifact_id)) hash.update(piece);
      expect(hash.digest("hex")).toBe(item.sha256);
      expect(await store.artifacts.head(item.artifact_id)).toMatchObject({
        contentType: item.content_type,
        sizeBytes: item.size_bytes,
        runId: item.run_id,
        tags: item.tags,
      });
    }
  });

  it("keep 0.2.0's fields when a run of ours claims them too", async () => {
    const dir = await copyOf(join(fixtures, "artifacts"));
    await using store = await FileStore.open(dir);
    const put = await store.artifacts.put(new TextEncoder().encode("hello"), { runId: "r" });
    const meta = JSON.parse(
      await readFile(join(dir, "artifacts", `${put.artifactId}.meta`), "utf8"),
    ) as Record<string, unknown>;
    expect(Object.keys(meta).slice(0, 6)).toEqual([
      "artifact_id",
      "content_type",
      "size_bytes",
      "created_at",
      "run_id",
      "tags",
    ]);
    expect(meta).toMatchObject({ run_id: null, content_type: "text/plain" });
    await store.artifacts.releaseRun("r");
    expect(await store.artifacts.head(put.artifactId)).toBeDefined();
  });

  it("name metadata that can't be read, and list the rest (0.2.0 D50)", async () => {
    const dir = await copyOf(join(fixtures, "artifacts"));
    const file = join(dir, "artifacts", "2cf24dba5fb0a30e26e83b2ac5b9e29e.meta");
    await writeFile(file, "{");
    await using store = await FileStore.open(dir);
    await expect(store.artifacts.head("2cf24dba5fb0a30e26e83b2ac5b9e29e")).rejects.toMatchObject({
      code: "store_corrupt",
      details: { file },
    });
    expect((await store.artifacts.list()).items).toHaveLength(4);
    expect((await verifyStore(dir)).problems.map((problem) => problem.file)).toEqual([file]);
  });

  it("are listed by the newest snapshot first", async () => {
    const dir = await copyOf(join(fixtures, "snapshots"));
    const text = await readFile(join(fixtures, "snapshots.expected.json"), "utf8");
    const { created_order } = JSON.parse(text) as { created_order: string[] };
    await using store = await FileStore.open(dir);
    const { items } = await store.snapshots.list();
    expect(items.map(({ snapshotId }) => snapshotId)).toEqual(created_order.toReversed());
  });
});

it("writes run files that 0.2.0 can read: its fields first, in its order", async () => {
  const dir = await freshFolder();
  const store = await FileStore.open(dir);
  await store.create(newRun({ runId: "r", lease: newLease() }));
  const text = await readFile(join(dir, "run_r.json"), "utf8");
  const original = await readFile(
    join(fixtures, "store", `run_${[...(await expectedRuns()).keys()][0]}.json`),
    "utf8",
  );
  const fields = Object.keys(JSON.parse(original) as object);
  expect(Object.keys(JSON.parse(text) as object).slice(0, fields.length)).toEqual(fields);
  expect(text.split("\n")[1]).toBe('  "run_id": "r",');
  await store.close();
});
