import { MemoryStore } from "@abstractruntime/core";
import { foldRun } from "@abstractruntime/core/store";
import { newRun, nextChange } from "@abstractruntime/testkit/conformance";
import { describe, expect, it } from "vitest";
import { encrypt, type KeyProvider } from "../src/index.ts";
import { encryptedWorld, keys } from "./support/encrypted-world.ts";
import { newKey } from "./support/new-key.ts";
import { changed, storeWorld } from "./support/store-world.ts";

const codeIs = (code: string) => expect.objectContaining({ code });

describe("encrypt, keys", () => {
  it("seals with the current key, and opens with those of before", async () => {
    const { inner, start } = encryptedWorld();
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
    const { inner, store } = encryptedWorld();
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
    const { start, read, commit } = encryptedWorld({ keys: provider, keyTtlMs: 1_000, clock });
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
    const { inner, store, start, commit } = encryptedWorld({ keys: provider });
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
