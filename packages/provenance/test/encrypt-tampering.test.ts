import { inspect } from "node:util";
import { MemoryStore } from "@abstractruntime/core";
import {
  decodeRecord,
  type DurableStore,
  type NewRun,
  type RunState,
} from "@abstractruntime/core/store";
import { newEvent } from "@abstractruntime/testkit/conformance";
import { describe, expect, it } from "vitest";
import { encrypt } from "../src/index.ts";
import { canary, encryptedWorld, keys } from "./support/encrypted-world.ts";
import { changed } from "./support/store-world.ts";

const codeIs = (code: string) => expect.objectContaining({ code });

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
    const { inner, start } = encryptedWorld();
    const { runId } = (await start({ a: "one", b: "two" })).run;
    expect(await reading(inner, runId)).toEqual(["fulfilled", "fulfilled"]);
    expect(await reading(await tampered(inner, runId, tamper), runId)).toEqual([
      "store_corrupt",
      "store_corrupt",
    ]);
  });

  it("refuses a value of another run, also under that run's name", async () => {
    const { inner, start } = encryptedWorld();
    const [mine, other] = [(await start({ a: "mine" })).run, (await start({ a: "other" })).run];
    const theirs = at(JSON.stringify((await inner.load(other.runId))?.run), 0);
    for (const text of [theirs, theirs.replace(other.runId, mine.runId)]) {
      const store = await tampered(inner, mine.runId, (line) => line.replaceAll(texts, text));
      expect(await reading(store, mine.runId)).toEqual(["store_corrupt", "store_corrupt"]);
    }
  });

  it("refuses, in a record, the same key's value of an earlier record", async () => {
    const { inner, start, commit } = encryptedWorld();
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
    const { inner, store, start } = encryptedWorld();
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
    const { inner, start } = encryptedWorld();
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
