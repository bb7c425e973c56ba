import { MemoryStore } from "@abstractruntime/core";
import { foldRun, type LedgerRecord } from "@abstractruntime/core/store";
import {
  begun,
  cancelled,
  completed,
  ended,
  newEvent,
  newFork,
  newRun,
  nextChange,
  waiting,
  waitingFor,
  type RecordDraft,
} from "@abstractruntime/testkit/conformance";
import { describe, expect, it } from "vitest";
import { encrypt } from "../src/index.ts";
import { canary, encryptedWorld, keys } from "./support/encrypted-world.ts";
import { begunFor, changed, storeWorld } from "./support/store-world.ts";

const codeIs = (code: string) => expect.objectContaining({ code });

describe("encrypt, at rest", () => {
  it("shows nothing of what a run takes in, wherever it stands", async () => {
    const { store, inner, start, commit, read, atRest } = encryptedWorld();
    const { runId } = (await start({ a: canary, n: 271_828_182, list: [{ b: canary }] })).run;
    const error = { code: "x", message: canary, nodeId: null, stepId: null, attempt: null };
    await commit(runId, changed({ op: "add", path: "/list/-", value: canary }));
    await commit(runId, begun(1, { prompt: canary, n: 271_828_182 }));
    await commit(runId, completed(1, { text: canary }));
    await commit(runId, waiting({ prompt: canary, choices: [canary], details: { a: canary } }));
    const child = newRun({ vars: { a: canary }, parentRunId: runId });
    const fields = { messageId: "m1", by: null, sentAt: "2026-01-01T00:00:00.000Z" };
    await store.commit(
      nextChange(await read(runId), {
        children: [child],
        messages: [{ runId: child.run.runId, message: newEvent("key", canary) }],
      }),
    );
    await store.deliver(runId, { kind: "cancel", reason: canary, ...fields });
    await store.publish({
      expiresAt: "2999-01-01T00:00:00Z",
      message: newEvent("k", { a: canary }),
    });
    await commit(runId, waitingFor("k"));
    await store.takeKept(runId, ["k"]);
    await commit(runId, {
      kind: "refused",
      waitId: null,
      reason: error,
      messageId: null,
      by: null,
    });
    const stopped = await start();
    await commit(stopped.run.runId, { ...cancelled(), reason: canary } as RecordDraft);
    const failing = await start();
    const failure = { ...ended(), status: "failed", error: { ...error, details: { a: canary } } };
    await commit(failing.run.runId, failure as RecordDraft);
    for (const id of [runId, child.run.runId, stopped.run.runId, failing.run.runId]) {
      const text = await atRest(id);
      expect(text).not.toContain("canary");
      expect(text).not.toContain("271828182");
      expect(foldRun(await inner.records(id))).toEqual((await inner.load(id))?.run);
      expect(foldRun(await store.records(id))).toEqual((await store.load(id))?.run);
    }
    expect((await store.readInbox(runId)).map(({ message }) => message)).toEqual([
      { kind: "cancel", reason: canary, ...fields },
      expect.objectContaining({ payload: { a: canary } }),
    ]);
  });

  it("hands no value to the store below, not even for it to refuse", async () => {
    const given: unknown[] = [];
    class Watched extends MemoryStore {
      override commit(...args: Parameters<MemoryStore["commit"]>) {
        given.push(args[0]);
        return super.commit(...args);
      }

      override create(...args: Parameters<MemoryStore["create"]>) {
        given.push(args[0]);
        return super.create(...args);
      }
    }
    const store = encrypt(new Watched(), { keys, cachedRuns: 0 });
    const { start, read } = storeWorld(store);
    const stored = await start({ a: canary });
    const records = [changed({ op: "add", path: "/b", value: canary })];
    const change = nextChange(stored, { records });
    await store.commit(change);
    await store.commit(change);
    await expect(store.commit({ ...change, commitId: "other" })).rejects.toThrow(
      codeIs("revision_conflict"),
    );
    const copied = await store.records(change.runId);
    const fork = newFork("nobody", copied, { vars: { a: canary } });
    await expect(store.create(fork)).rejects.toThrow(codeIs("run_not_found"));
    expect(given).toHaveLength(5);
    expect(JSON.stringify(given)).not.toContain("canary");
    expect((await read(change.runId)).run).toEqual(change.run);
  });

  it("keeps shapes, null, ids, budgets and what a run is found by", async () => {
    const { inner, start, commit } = encryptedWorld();
    const vars = { list: [1, [], {}], none: null, _limits: { max_tokens: 5, note: "$encrypted:" } };
    const { runId } = (await start(vars)).run;
    const details = { sub_run_id: "child", other: "x" };
    await commit(runId, waiting({ reason: "event", waitKeys: ["k"], details }));
    const run = (await inner.load(runId))?.run;
    const text: unknown = expect.stringMatching(/^\$encrypted:[\w-]+ k1 /);
    expect(run?.vars).toEqual({
      list: [text, [], {}],
      none: null,
      _limits: { max_tokens: 5, note: "$$encrypted:" },
    });
    expect(run?.waiting).toMatchObject({
      waitKeys: ["k"],
      details: { sub_run_id: "child", other: text },
    });
    expect((await storeWorld(encryptedWorld().store).start(vars)).run.vars).toEqual(vars);
  });

  it("adds what is used to budgets as anywhere else", async () => {
    const { store, inner, start, commit, read } = encryptedWorld();
    const { runId } = (await start({ _limits: { current_iteration: 1, max_iterations: 9 } })).run;
    await commit(runId, begun(1));
    const used = { ...completed(1, "x"), usage: { iterations: 2, inputTokens: 7 } } as RecordDraft;
    const change = await commit(runId, used);
    expect((await read(runId)).run).toEqual(change.run);
    expect(change.run.vars["_limits"]).toMatchObject({
      current_iteration: 3,
      used_input_tokens: 7,
    });
    const resultKey = "_limits.used_input_tokens";
    await commit(runId, begunFor(2, resultKey));
    const toLimits = { ...completed(2, 100), resultKey };
    await commit(runId, toLimits);
    await commit(runId, begun(3));
    await commit(runId, { ...completed(3, null), usage: { inputTokens: 1 } } as RecordDraft);
    expect((await read(runId)).run.vars["_limits"]).toMatchObject({ used_input_tokens: 101 });
    expect(foldRun(await inner.records(runId))).toEqual((await inner.load(runId))?.run);
    expect(foldRun(await store.records(runId))).toEqual((await read(runId)).run);
  });

  it("makes short values look alike", async () => {
    const { inner, start } = encryptedWorld();
    const { runId } = (await start({ a: true, b: false, c: 7, d: "ann" })).run;
    const { vars } = (await inner.load(runId))!.run;
    const lengths = Object.values(vars).map((text) => JSON.stringify(text).length);
    expect(new Set(lengths).size).toBe(1);
  });

  it("never mistakes a text of the user's for one of its own", async () => {
    const { start, read, commit } = encryptedWorld();
    const { runId, vars } = (await start({ a: "x" })).run;
    const texts = ["$encrypted:", "$$encrypted:x", "$encrypted", "$", "$erased:x", ""];
    await commit(runId, changed({ op: "add", path: "/texts", value: texts }));
    expect((await read(runId)).run.vars).toEqual({ ...vars, texts });
  });

  it("reads what stood there in the clear, and encrypts what comes from then on", async () => {
    const { inner, store, commit, read } = encryptedWorld();
    const plain = await storeWorld(inner).start({ old: canary });
    const { runId } = plain.run;
    expect(await store.load(runId)).toEqual(plain);
    await commit(runId, changed({ op: "add", path: "/new", value: "x" }));
    expect((await read(runId)).run.vars).toEqual({ old: canary, new: "x" });
    expect((await inner.load(runId))?.run.vars["new"]).toMatch(/^\$encrypted:/);
  });
});

describe("encrypt, forks", () => {
  it("opens what a fork copied, and what a fork of a fork did", async () => {
    const { inner, store, start, commit, read } = encryptedWorld({ cachedRuns: 1 });
    const { runId } = (await start({ a: "one", list: ["x"] })).run;
    await commit(runId, changed({ op: "add", path: "/list/0", value: "y" }));
    let copied: readonly LedgerRecord[] = await store.records(runId);
    let originId = runId;
    for (const generation of [1, 2, 3]) {
      const fork = newFork(originId, copied, { vars: { generation } });
      await store.create(fork);
      const forkId = fork.run.runId;
      const change = await commit(forkId, changed({ op: "add", path: "/own", value: generation }));
      expect((await read(forkId)).run).toEqual(change.run);
      expect(foldRun(await inner.records(forkId))).toEqual((await inner.load(forkId))?.run);
      copied = await store.records(forkId);
      originId = forkId;
    }
  });
});
