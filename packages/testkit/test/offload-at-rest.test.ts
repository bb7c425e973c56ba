import { MemoryArtifactStore, MemoryStore, offload, readArtifact } from "@abstractruntime/core";
import {
  foldRun,
  type DurableStore,
  type JsonObject,
  type JsonValue,
  type Message,
  type Patch,
} from "@abstractruntime/core/store";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  begun,
  cancelled,
  childEnded,
  completed,
  ended,
  failed,
  moved,
  newEvent,
  newFork,
  newKeptEvent,
  newLease,
  newRun,
  nextChange,
  waiting,
  waitingFor,
  type NewRunOptions,
  type NextChangeOptions,
  type RecordDraft,
} from "../src/conformance/index.ts";
import { claimRequest } from "../src/conformance/durable-store/store-world.ts";
import { VirtualClock } from "../src/clock/virtual-clock.ts";

const large = "0123456789".repeat(20);
const largeList = Array.from({ length: 20 }, (_, index) => ({ index, text: `item ${index}` }));
const codeIs = (code: string) => expect.objectContaining({ code });

/** A store that counts how often runs are loaded from it. */
class CountingStore extends MemoryStore {
  loads = 0;

  override load(...args: Parameters<MemoryStore["load"]>): ReturnType<MemoryStore["load"]> {
    this.loads += 1;
    return super.load(...args);
  }
}

/** An artifact store that counts how often something is put into it. */
class CountingArtifacts extends MemoryArtifactStore {
  puts = 0;

  override put(
    ...args: Parameters<MemoryArtifactStore["put"]>
  ): ReturnType<MemoryArtifactStore["put"]> {
    this.puts += 1;
    return super.put(...args);
  }
}

function newWorld({ thresholdBytes = 100, cachedRuns = 10 } = {}) {
  const clock = new VirtualClock();
  const inner = new CountingStore({ clock });
  const artifacts = new CountingArtifacts({ clock });
  const store = offload(inner, { artifacts, thresholdBytes, cachedRuns });
  const read = async (runId: string, from: DurableStore = store) => {
    const stored = await from.load(runId);
    if (stored === undefined) throw new TypeError(`there is no run ${runId}`);
    return stored;
  };
  return {
    clock,
    inner,
    artifacts,
    store,
    read,
    start: async (options?: NewRunOptions) => (await store.create(newRun(options))).stored,
    commit: async (runId: string, options?: NextChangeOptions) => {
      const change = nextChange(await read(runId), options);
      await store.commit(change);
      return change;
    },
    atRest: async (runId: string) => (await read(runId, inner)).run,
    artifactsOf: async (runId: string) =>
      (await artifacts.list({ runId })).items.map(({ artifactId }) => artifactId),
  };
}

/** Handlers ran and changed `vars` so. */
function changed(...changes: Patch): RecordDraft {
  return { kind: "moved", path: [], changes };
}

describe("offload, at rest", () => {
  it("puts large texts and lists apart, and leaves small ones where they are", async () => {
    const { start, atRest, artifacts, artifactsOf } = newWorld();
    const { run } = await start({ vars: { large, largeList, small: "x", list: [1, 2] } });
    const { vars } = await atRest(run.runId);
    expect(vars).toEqual({
      large: expect.stringMatching(/^\$offloaded:[0-9a-f]{32}$/),
      largeList: expect.stringMatching(/^\$offloaded:[0-9a-f]{32}$/),
      small: "x",
      list: [1, 2],
    });
    const ids = await artifactsOf(run.runId);
    expect(ids).toHaveLength(2);
    const contents = await Promise.all(ids.map((id) => readArtifact(artifacts, id)));
    const values = contents.map((content) => JSON.parse(new TextDecoder().decode(content)));
    expect(values).toContainEqual(large);
    expect(values).toContainEqual(largeList);
  });

  it("stores the same value of several runs once", async () => {
    const { start, artifacts } = newWorld();
    await start({ vars: { large } });
    await start({ vars: { other: { large } } });
    expect((await artifacts.list()).items).toHaveLength(1);
  });

  it("keeps every place small in which a run can hold a large value", async () => {
    const { start, commit, inner, read } = newWorld();
    const { run } = await start({ vars: { large } });
    const records: readonly RecordDraft[][] = [
      [moved({ large })],
      [begun(1, { prompt: large, nested: { large } })],
      [completed(1, { answer: large })],
      [waiting({ prompt: large, choices: [large, "no"], details: { why: large } })],
      [moved({ done: [large, largeList] })],
      [ended({ output: largeList })],
    ];
    for (const drafts of records) await commit(run.runId, { records: drafts });
    const failing = await start({ vars: {} });
    const error = { ...failed(), error: { code: "x", message: large, details: { large } } };
    await commit(failing.run.runId, { records: [error as RecordDraft] });
    const stopped = await start();
    const stop = { ...cancelled(), reason: large } as RecordDraft;
    await commit(stopped.run.runId, { records: [stop] });
    expect((await read(stopped.run.runId)).run.error?.message).toBe(large);
    for (const { runId } of [run, failing.run, stopped.run]) {
      for (const text of await inner.recordTexts(runId)) expect(text).not.toContain(large);
      expect(JSON.stringify(await inner.load(runId))).not.toContain("item 7");
    }
  });

  it("keeps children and messages small, each value its owner's", async () => {
    const { start, commit, store, inner, artifactsOf } = newWorld();
    const parent = await start();
    const child = newRun({ vars: { large }, parentRunId: parent.run.runId });
    const message = { ...newEvent(), payload: { largeList } };
    const other = await start();
    await commit(parent.run.runId, {
      children: [child],
      messages: [{ runId: other.run.runId, message }],
    });
    await store.deliver(other.run.runId, { ...childEnded(), output: { large } } as Message);
    expect(await artifactsOf(parent.run.runId)).toEqual([]);
    expect(await artifactsOf(child.run.runId)).toHaveLength(1);
    expect(await artifactsOf(other.run.runId)).toHaveLength(2);
    expect(JSON.stringify(await inner.readInbox(other.run.runId))).not.toContain(large);
    const inbox = await store.readInbox(other.run.runId);
    expect(inbox.map((entry) => entry.message)).toEqual([
      message,
      expect.objectContaining({ output: { large } }),
    ]);
    expect((await store.load(child.run.runId))?.run.vars).toEqual({ large });
  });

  it("is the fold of the records at rest, at every revision", async () => {
    const { start, commit, inner, atRest } = newWorld();
    const { run } = await start({ vars: { largeList } });
    for (const record of [
      changed({ op: "add", path: "/largeList/-", value: "more" }),
      begun(1, { large }),
      completed(1, largeList),
      changed({ op: "replace", path: "/result/3/text", value: large }),
    ]) {
      await commit(run.runId, { records: [record] });
      expect(foldRun(await inner.records(run.runId))).toEqual(await atRest(run.runId));
    }
  });

  it("never mistakes a text of the user's for one of its own", async () => {
    const { start, read, commit, store } = newWorld();
    const { artifactId } = await newWorld().artifacts.put(new Uint8Array(1));
    const texts = [
      `$offloaded:${artifactId}`,
      "$offloaded:thaw",
      "$offloaded:",
      "$$offloaded:x",
      "$$$offloaded:x",
      "$",
      "$offloaded",
      " $offloaded:x",
    ];
    const vars = { texts, "$offloaded:key": 1 };
    const { run } = await start({ vars });
    expect((await read(run.runId)).run.vars).toEqual(vars);
    const thaw = { op: "replace" as const, path: "/texts", value: "$offloaded:thaw" };
    const back = { op: "replace" as const, path: "/texts", value: texts };
    const change = await commit(run.runId, { records: [changed(thaw, back)] });
    expect(await store.records(run.runId, { after: 1 })).toEqual(change.records);
    await store.publish({ ...newKeptEvent("k"), message: { ...newEvent("k"), payload: texts } });
    await commit(run.runId, { records: [waitingFor("k")] });
    expect(await store.takeKept(run.runId, ["k"])).toBe(1);
    expect((await store.readInbox(run.runId))[0]?.message).toMatchObject({ payload: texts });
  });
});

describe("offload, when offloaded values change", () => {
  it("brings a list back with its first change, once", async () => {
    const { start, read, commit, atRest, artifacts, store } = newWorld();
    const { run } = await start({ vars: { context: { messages: largeList } } });
    const before = artifacts.puts;
    for (const text of ["one", "two", "three"]) {
      const append = { op: "add" as const, path: "/context/messages/-", value: text };
      await commit(run.runId, { records: [changed(append)] });
    }
    const messages = [...largeList, "one", "two", "three"];
    expect(artifacts.puts).toBe(before);
    expect((await read(run.runId)).run.vars).toEqual({ context: { messages } });
    expect((await atRest(run.runId)).vars).toEqual({ context: { messages } });
    const records = await store.records(run.runId, { after: 1 });
    expect(records.map((record) => "changes" in record && record.changes.length)).toEqual([
      1, 1, 1,
    ]);
  });

  it("leaves large items of such a list apart", async () => {
    const { start, read, commit, atRest } = newWorld();
    const list = [large, ...largeList];
    const { run } = await start({ vars: { list } });
    const replace = { op: "replace" as const, path: "/list/1/text", value: "new" };
    await commit(run.runId, { records: [changed(replace)] });
    expect(JSON.stringify((await atRest(run.runId)).vars)).not.toContain(large);
    expect((await read(run.runId)).run.vars["list"]).toEqual(
      list.with(1, { index: 0, text: "new" }),
    );
  });

  it("finds its way through lists in lists, and through one that the same commit made", async () => {
    const { start, read, commit } = newWorld({ thresholdBytes: 10 });
    const { run } = await start({ vars: { a: [[["deep", "deeper"], large], large] } });
    await commit(run.runId, {
      records: [
        changed(
          { op: "replace", path: "/a/0/0/1", value: "changed" },
          { op: "add", path: "/made", value: [["x".repeat(20)], "y"] },
          { op: "add", path: "/made/0/0", value: "first" },
          { op: "remove", path: "/a/1" },
        ),
      ],
    });
    expect((await read(run.runId)).run.vars).toEqual({
      a: [[["deep", "changed"], large]],
      made: [["first", "x".repeat(20)], "y"],
    });
  });

  it("stores a result where a large text stood as it would anywhere else", async () => {
    const { start, read, commit } = newWorld();
    const { run } = await start({ vars: { result: large } });
    await commit(run.runId, { records: [waiting({ resultKey: "result.deep" })] });
    const { waiting: wait } = (await read(run.runId)).run;
    const answered: RecordDraft = {
      kind: "timed_out",
      stepId: null,
      waitId: wait?.waitId ?? "",
      result: { timed_out: true },
      next: null,
    };
    const change = await commit(run.runId, { records: [answered] });
    expect((await read(run.runId)).run.vars).toEqual(change.run.vars);
    expect(change.run.vars).toEqual({ result: { deep: { timed_out: true } } });
  });

  it("gives back every state and record, whatever was stored and changed", async () => {
    const text = fc.oneof(fc.string({ maxLength: 30 }), fc.constant("$offloaded:x"));
    const value = fc.letrec<{ value: JsonValue }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        text,
        fc.integer(),
        fc.constant(null),
        fc.array(tie("value"), { maxLength: 6 }),
        fc.dictionary(fc.constantFrom("a", "b", "c~/d"), tie("value")),
      ),
    })).value;
    const vars = fc.dictionary(fc.constantFrom("a", "b", "c~/d"), value);
    await fc.assert(
      fc.asyncProperty(vars, fc.array(fc.tuple(fc.nat(), value)), async (first, edits) => {
        const { start, read, commit, store, inner, atRest } = newWorld({
          thresholdBytes: 25,
          cachedRuns: 1,
        });
        const { runId } = (await start({ vars: first })).run;
        for (const [where, next] of edits) {
          const paths = placesIn((await read(runId)).run.vars);
          const path = paths[where % paths.length] ?? "/a";
          const operation = { op: "add" as const, path, value: next };
          const change = await commit(runId, { records: [changed(operation)] });
          expect((await read(runId)).run).toEqual(change.run);
          const after = change.run.seq - 1;
          expect(await store.records(runId, { after })).toEqual(change.records);
          expect(foldRun(await inner.records(runId))).toEqual(await atRest(runId));
        }
      }),
      { numRuns: 60 },
    );
  });
});

/** JSON Pointers to all places of a document that a value may be put to. */
function placesIn(document: JsonValue, at = ""): readonly string[] {
  if (typeof document !== "object" || document === null) return [];
  const entries = Object.entries(document as JsonObject);
  const own = [...entries.map(([key]) => key), Array.isArray(document) ? "-" : "new"];
  const pointers = own.map((key) => `${at}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`);
  const inside = entries.flatMap(([, member], index) => placesIn(member, pointers[index] ?? ""));
  return [...pointers, ...inside];
}

describe("offload, over time", () => {
  it("loads no run to commit what it has seen", async () => {
    const { start, store, inner } = newWorld();
    let stored = await start({ vars: { largeList } });
    for (let n = 0; n < 3; n++) {
      const change = nextChange(stored, { records: [moved({ n })] });
      await store.commit(change);
      stored = { ...stored, run: change.run };
    }
    expect(inner.loads).toBe(0);
  });

  it("commits to runs that it has forgotten", async () => {
    const { start, read, commit } = newWorld({ cachedRuns: 1 });
    const first = await start({ vars: { largeList } });
    await start();
    const append = { op: "add" as const, path: "/largeList/-", value: 1 };
    const change = nextChange(first, { records: [changed(append)] });
    await commit(first.run.runId, { records: [changed(append)] });
    expect((await read(first.run.runId)).run.vars).toEqual(change.run.vars);
  });

  it("knows a commit that is sent again, also when it has forgotten the run", async () => {
    const { start, store, read } = newWorld({ cachedRuns: 0 });
    const change = nextChange(await start(), { records: [moved({ large })] });
    await store.commit(change);
    await store.commit(change);
    expect((await read(change.runId)).run.revision).toBe(2);
    const late = nextChange(await start({ runId: "other" }), {});
    await store.commit(late);
    await expect(store.commit({ ...late, commitId: "another" })).rejects.toThrow(
      codeIs("revision_conflict"),
    );
  });

  it("removes what only purged runs had", async () => {
    const { start, commit, store, artifacts, clock, read } = newWorld();
    const ending = await start({ vars: { large, own: largeList } });
    const living = await start({ vars: { large } });
    await commit(ending.run.runId, { records: [ended()] });
    await clock.advance(60_000);
    await store.purge({ endedBefore: new Date(clock.now()).toISOString() });
    expect((await artifacts.list()).items).toHaveLength(1);
    expect((await read(living.run.runId)).run.vars).toEqual({ large });
  });

  it("gives a fork all that its origin has apart, lists in lists too, and not a byte twice", async () => {
    const { start, commit, store, inner, artifacts, artifactsOf, clock, read } = newWorld();
    const texts = Array.from({ length: 6 }, (_, n) => `${n}`.repeat(200));
    const { run } = await start({ vars: { texts, large } });
    await commit(run.runId, {
      records: [changed({ op: "add", path: "/texts/-", value: "thawed".repeat(50) })],
    });
    await commit(run.runId, { records: [begun(1, { prompt: largeList })] });
    await commit(run.runId, { records: [completed(1, { answer: [large, largeList] })] });
    const before = (await artifacts.list({ limit: 1_000 })).items;
    const records = await store.records(run.runId);
    for (const seq of [1, 2, 3, 4]) {
      const given = newFork(run.runId, records.slice(0, seq), { vars: { own: `${seq} ${large}` } });
      const forkId = given.run.runId;
      expect((await store.create(given)).stored.run).toEqual(given.run);
      expect((await inner.recordTexts(forkId)).slice(0, seq)).toEqual(
        await inner.recordTexts(run.runId, { limit: seq }),
      );
      expect(foldRun(await inner.records(forkId))).toEqual((await read(forkId, inner)).run);
      expect((await artifactsOf(forkId)).length).toBeGreaterThan(2);
    }
    expect((await artifacts.list({ limit: 1_000 })).items).toHaveLength(before.length + 4);
    const { items } = await store.list();
    await commit(run.runId, { records: [ended()] });
    await clock.advance(60_000);
    await store.purge({ endedBefore: new Date(clock.now()).toISOString() });
    for (const { run: each } of items) {
      if (each.runId === run.runId) continue;
      expect((await read(each.runId)).run).toEqual(each);
      expect(foldRun(await store.records(each.runId))).toEqual(each);
    }
  });

  it("says whose content is lost, and keeps no driver from other runs for it", async () => {
    const { start, store, artifacts, artifactsOf, clock } = newWorld();
    const wakeAt = new Date(clock.now()).toISOString();
    const lost = await start({ runId: "lost", vars: { large }, wakeAt });
    const fine = await start({ runId: "fine", vars: { largeList }, wakeAt });
    const [artifactId = ""] = await artifactsOf(lost.run.runId);
    await artifacts.delete(artifactId);
    await expect(store.load("lost")).rejects.toThrow(codeIs("store_corrupt"));
    const { runs } = await store.claimDue(claimRequest());
    expect(runs.map(({ run }) => run.runId)).toEqual([fine.run.runId]);
    await clock.advance(60_000);
    await store.renew([{ runId: "fine", leaseId: runs[0]?.head.leaseId ?? "" }], 60_000);
    await expect(store.claimDue(claimRequest())).rejects.toThrow(codeIs("store_corrupt"));
  });

  it("stores nothing for a run that is not there or takes no messages", async () => {
    const { start, commit, store, artifacts } = newWorld();
    const message = { ...newEvent(), payload: large };
    const { run } = await start({ lease: newLease() });
    await commit(run.runId, { records: [ended()] });
    expect(await store.deliver("nobody", message)).toBe("run_not_found");
    expect(await store.deliver(run.runId, message)).toBe("ended");
    expect((await artifacts.list()).items).toEqual([]);
  });

  it.each([{ thresholdBytes: -1 }, { thresholdBytes: Number.NaN }, { cachedRuns: -1 }])(
    "refuses %j",
    (options) => {
      const artifacts = new MemoryArtifactStore();
      expect(() => offload(new MemoryStore(), { artifacts, ...options })).toThrow(
        codeIs("invalid_argument"),
      );
    },
  );
});
