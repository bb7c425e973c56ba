import { inspect } from "node:util";
import { MemoryStore } from "@abstractruntime/core";
import {
  decodeRecord,
  foldRun,
  type DurableStore,
  type LedgerRecord,
  type NewRun,
  type RunState,
} from "@abstractruntime/core/store";
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
import { encrypt, type EncryptOptions, type KeyProvider } from "../src/index.ts";
import { newKey } from "./support/new-key.ts";
import { begunFor, changed, storeWorld } from "./support/store-world.ts";

const codeIs = (code: string) => expect.objectContaining({ code });
const keys = { current: "k1", keys: { k1: newKey(), k2: newKey() } };
const canary = "canary in a coal mine";

function newWorld(options: Partial<EncryptOptions> = {}) {
  const inner = new MemoryStore();
  const store = encrypt(inner, { keys, ...options });
  const atRest = async (runId: string): Promise<string> =>
    JSON.stringify([
      await inner.recordTexts(runId),
      await inner.load(runId),
      await inner.readInbox(runId),
    ]);
  return { inner, store, atRest, ...storeWorld(store) };
}

/** A store as somebody left it who may write to it, but has no key. */
async function tampered(
  inner: DurableStore,
  runId: string,
  tamper: (text: string) => string,
): Promise<DurableStore> {
  const stored = await inner.load(runId);
  if (stored === undefined) throw new TypeError(`there is no run ${runId}`);
  const texts = (await inner.recordTexts(runId)).map(tamper);
  const records = texts.map((text, index) => decodeRecord(text, `line ${index + 1}`));
  const run = JSON.parse(tamper(JSON.stringify(stored.run))) as RunState;
  const other = new MemoryStore();
  const { commitId } = stored.head;
  const none = { lease: null, wakeAt: null, children: [], messages: [] };
  await other.create({ run, commitId, records, texts, ...none } satisfies NewRun);
  return other;
}

describe("encrypt, at rest", () => {
  it("shows nothing of what a run takes in, wherever it stands", async () => {
    const { store, inner, start, commit, read, atRest } = newWorld();
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

  it("keeps shapes, null, ids, budgets and what a run is found by", async () => {
    const { inner, start, commit } = newWorld();
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
    expect((await storeWorld(newWorld().store).start(vars)).run.vars).toEqual(vars);
  });

  it("adds what is used to budgets as anywhere else", async () => {
    const { store, inner, start, commit, read } = newWorld();
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
    const { inner, start } = newWorld();
    const { runId } = (await start({ a: true, b: false, c: 7, d: "ann" })).run;
    const { vars } = (await inner.load(runId))!.run;
    const lengths = Object.values(vars).map((text) => JSON.stringify(text).length);
    expect(new Set(lengths).size).toBe(1);
  });

  it("never mistakes a text of the user's for one of its own", async () => {
    const { start, read, commit } = newWorld();
    const { runId, vars } = (await start({ a: "x" })).run;
    const texts = ["$encrypted:", "$$encrypted:x", "$encrypted", "$", "$erased:x", ""];
    await commit(runId, changed({ op: "add", path: "/texts", value: texts }));
    expect((await read(runId)).run.vars).toEqual({ ...vars, texts });
  });

  it("reads what stood there in the clear, and encrypts what comes from then on", async () => {
    const { inner, store, commit, read } = newWorld();
    const plain = await storeWorld(inner).start({ old: canary });
    const { runId } = plain.run;
    expect(await store.load(runId)).toEqual(plain);
    await commit(runId, changed({ op: "add", path: "/new", value: "x" }));
    expect((await read(runId)).run.vars).toEqual({ old: canary, new: "x" });
    expect((await inner.load(runId))?.run.vars["new"]).toMatch(/^\$encrypted:/);
  });
});

describe("encrypt, when ciphertext was moved or changed", () => {
  const texts = /\$encrypted:[\w-]+ [^"]*/g;
  const at = (text: string, index: number): string => text.match(texts)?.[index] ?? "";

  /** The run read from state and from records. */
  async function reading(inner: DurableStore, runId: string): Promise<unknown[]> {
    const store = encrypt(inner, { keys });
    const ends = await Promise.allSettled([store.load(runId), store.records(runId)]);
    return ends.map((end) =>
      end.status === "fulfilled" ? "fulfilled" : (end.reason as { code: string }).code,
    );
  }

  it.each<[string, (text: string) => string]>([
    [
      "a changed byte",
      (text) =>
        text.replace(
          /(\$encrypted:.{20})(.)/,
          (_all, head: string, byte: string) => head + (byte === "A" ? "B" : "A"),
        ),
    ],
    [
      "two values that changed places",
      (text) =>
        text.replaceAll(texts, (one) =>
          one === at(text, 0) ? at(text, 1) : one === at(text, 1) ? at(text, 0) : one,
        ),
    ],
    ["a value in another's place", (text) => text.replaceAll(texts, () => at(text, 0))],
    ["another key's id", (text) => text.replaceAll(/(\$encrypted:[\w-]+) k1/g, "$1 k2")],
    [
      "another record's number",
      (text) => text.replaceAll(/(\$encrypted:[\w-]+ k1 [^/]+)\/1\//g, "$1/2/"),
    ],
    ["no ciphertext", (text) => text.replaceAll(texts, "$encrypted:x")],
  ])("refuses %s", async (_what, tamper) => {
    const { inner, start } = newWorld();
    const { runId } = (await start({ a: "one", b: "two" })).run;
    expect(await reading(inner, runId)).toEqual(["fulfilled", "fulfilled"]);
    expect(await reading(await tampered(inner, runId, tamper), runId)).toEqual([
      "store_corrupt",
      "store_corrupt",
    ]);
  });

  it("refuses a value of another run, also under that run's name", async () => {
    const { inner, start } = newWorld();
    const [mine, other] = [(await start({ a: "mine" })).run, (await start({ a: "other" })).run];
    const theirs = at(JSON.stringify((await inner.load(other.runId))?.run), 0);
    for (const text of [theirs, theirs.replace(other.runId, mine.runId)]) {
      const store = await tampered(inner, mine.runId, (line) => line.replaceAll(texts, text));
      expect(await reading(store, mine.runId)).toEqual(["store_corrupt", "store_corrupt"]);
    }
  });

  it("refuses, in a record, the same key's value of an earlier record", async () => {
    const { inner, start, commit } = newWorld();
    const { runId } = (await start({ a: "one" })).run;
    const write = (value: string) => changed({ op: "replace", path: "/a", value });
    await commit(runId, write("two"));
    await commit(runId, write("three"));
    const [, second = ""] = await inner.recordTexts(runId);
    const store = await tampered(inner, runId, (text) =>
      text.includes(`/3/changes`) ? text.replaceAll(texts, at(second, 0)) : text,
    );
    const [, records] = await reading(store, runId);
    expect(records).toBe("store_corrupt");
  });

  it("refuses a message's value in another message, and in another run's inbox", async () => {
    const { inner, store, start } = newWorld();
    const [first, second] = [(await start()).run.runId, (await start()).run.runId];
    await store.deliver(first, newEvent("key", "one"));
    await store.deliver(first, newEvent("key", "two"));
    const [one, two] = (await inner.readInbox(first)).map(({ message }) => message);
    if (one?.kind !== "event" || two?.kind !== "event") throw new TypeError("no events");
    const forged = [
      { runId: second, message: one },
      { runId: second, message: { ...one, payload: two.payload } },
    ];
    for (const { runId, message } of forged) {
      await inner.deliver(runId, message);
      await expect(store.readInbox(runId)).rejects.toThrow(codeIs("store_corrupt"));
    }
  });

  it("says where, and nothing of keys and values", async () => {
    const { inner, start } = newWorld();
    const { runId } = (await start({ a: canary, b: "two" })).run;
    const broken = await tampered(inner, runId, (text) =>
      text.replaceAll(texts, () => at(text, 0)),
    );
    const store = encrypt(broken, { keys });
    const error: unknown = await store.records(runId).catch((reason: unknown) => reason);
    expect(String(error)).toContain(`run ${runId}, record 1: what stands at vars/b`);
    for (const text of [
      inspect(error, { depth: 9 }),
      inspect(store, { depth: 9, showHidden: true }),
    ]) {
      expect(text).not.toContain("canary");
      expect(text).not.toContain(Buffer.from(keys.keys.k1).toString("base64url"));
      expect(text).not.toContain(Buffer.from(keys.keys.k1).toString("hex"));
    }
    expect(JSON.stringify(store)).toBe("{}");
  });
});

describe("encrypt, keys", () => {
  it("seals with the current key, and opens with those of before", async () => {
    const { inner, start } = newWorld();
    const { runId } = (await start({ a: "old" })).run;
    const rotated = storeWorld(encrypt(inner, { keys: { ...keys, current: "k2" } }));
    await rotated.commit(runId, changed({ op: "add", path: "/b", value: "new" }));
    expect((await rotated.read(runId)).run.vars).toEqual({ a: "old", b: "new" });
    const { vars } = (await inner.load(runId))!.run;
    expect([vars["a"], vars["b"]]).toEqual([
      expect.stringMatching(/ k1 /),
      expect.stringMatching(/ k2 /),
    ]);
    const onlyNew = encrypt(inner, { keys: { current: "k2", keys: { k2: keys.keys.k2 } } });
    await expect(onlyNew.load(runId)).rejects.toThrow(codeIs("key_not_found"));
    const wrong = encrypt(inner, { keys: { current: "k1", keys: { k1: newKey(), k2: newKey() } } });
    await expect(wrong.load(runId)).rejects.toThrow(codeIs("store_corrupt"));
  });

  it("keeps runs that it can open from waiting for one that it can't", async () => {
    const { inner, store } = newWorld();
    const wakeAt = "2026-01-01T00:00:00.000Z";
    await store.create(newRun({ runId: "sealed", vars: { a: 1 }, wakeAt }));
    const other = encrypt(inner, { keys: { current: "k2", keys: { k2: keys.keys.k2 } } });
    await other.create(newRun({ runId: "open", vars: { a: 1 }, wakeAt }));
    const request = { owner: "o", leaseMs: 30_000, limit: 2, leaseIds: ["l1", "l2"] };
    const { runs } = await other.claimDue(request);
    expect(runs.map(({ run }) => run.runId)).toEqual(["open"]);
  });

  it("asks a provider once for a key while it remembers it, and again when it failed", async () => {
    const asked: string[] = [];
    let now = 0;
    let fails = true;
    const provider: KeyProvider = {
      currentKeyId: async () => "k1",
      key: async (keyId) => {
        asked.push(keyId);
        if (fails) throw new Error("the vault is sealed");
        return keys.keys.k1;
      },
    };
    const clock = { now: () => now };
    const { start, read, commit } = newWorld({ keys: provider, keyTtlMs: 1_000, clock });
    await expect(start()).rejects.toThrow(codeIs("store_unavailable"));
    fails = false;
    const { runId } = (await start({ a: 1 })).run;
    await commit(runId, changed({ op: "add", path: "/b", value: 2 }));
    await read(runId);
    expect(asked).toHaveLength(2);
    now = 1_000;
    expect((await read(runId)).run.vars).toEqual({ a: 1, b: 2 });
    expect(asked).toHaveLength(3);
  });

  it("seals a commit that is sent again with the key of the first time", async () => {
    let current = "k1";
    const provider: KeyProvider = {
      currentKeyId: () => current,
      key: (keyId) => keys.keys[keyId as "k1" | "k2"],
    };
    const { inner, store, start, commit } = newWorld({ keys: provider });
    const change = nextChange(await start({ a: 1 }), {
      records: [changed({ op: "add", path: "/b", value: 2 })],
    });
    await store.commit(change);
    current = "k2";
    await store.commit(change);
    await commit(change.runId, changed({ op: "add", path: "/c", value: 3 }));
    expect(foldRun(await inner.records(change.runId))).toEqual(
      (await inner.load(change.runId))?.run,
    );
  });

  it.each<[string, unknown]>([
    ["invalid_key", { current: "k", keys: { k: new Uint8Array(16) } }],
    ["invalid_key", { current: "k", keys: { k: "not base64" } }],
    ["invalid_key", { current: "k", keys: { k: null } }],
    ["invalid_id", { current: "a b", keys: { "a b": newKey() } }],
    ["invalid_argument", { current: "other", keys: { k: newKey() } }],
  ])("refuses, with %s, keys that are none", (code, given) => {
    expect(() => encrypt(new MemoryStore(), { keys: given as never })).toThrow(codeIs(code));
  });

  it.each([{ cachedRuns: -1 }, { cachedKeys: 0 }, { keyTtlMs: Number.NaN }])(
    "refuses %j",
    (given) => {
      expect(() => encrypt(new MemoryStore(), { keys, ...given })).toThrow(
        codeIs("invalid_argument"),
      );
    },
  );
});

describe("encrypt, forks", () => {
  it("opens what a fork copied, and what a fork of a fork did", async () => {
    const { inner, store, start, commit, read } = newWorld({ cachedRuns: 1 });
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
