import type { JsonObject, Snapshot } from "@abstractruntime/core/store";
import { begun, failed, stuck, waiting } from "../fixtures/drafts.ts";
import { codeOf } from "../fixtures/code-of.ts";
import { newRun } from "../fixtures/new-run.ts";
import { newSnapshot } from "../fixtures/new-snapshot.ts";
import type { TestRunner } from "../runner.ts";
import type { SnapshotStoreHarness } from "../snapshot-store.ts";

const badIds = ["", "a b", "a/b", "..", "../x", ".x", "abc\n", "é", "a\u0000", "x".repeat(201)];
const manyVars: JsonObject = {
  text: 'é ☕ 😀 \u2028 "quoted" \\ \n',
  numbers: [0, -1, 1.5, 1e21, 1e-7, 2 ** 53 - 1],
  others: [null, true, false, {}, []],
  deep: { "10": { "9": { "": { "a.b/c~d": 1 } } } },
};

/** What is saved is there, as it was, until it is replaced or deleted. */
export function keepCases(
  { open }: SnapshotStoreHarness,
  { describe, it, expect }: TestRunner,
): void {
  const withoutUpdate = (snapshot: Snapshot): object => ({ ...snapshot, updatedAt: null });

  describe("snapshots", () => {
    it("gives back what was saved", async () => {
      await using store = await open();
      const snapshot = newSnapshot({
        stepId: "step-7",
        name: "İstanbul ☕",
        description: "before the\nmigration",
        tags: ["prod", "Été", ""],
        vars: manyVars,
      });
      const saved = await store.save(snapshot);
      expect(withoutUpdate(saved)).toEqual(withoutUpdate(snapshot));
      expect(await store.load(snapshot.snapshotId)).toEqual(saved);
      expect((await store.list()).items).toEqual([saved]);
    });

    it("keeps runs in every kind of state", async () => {
      await using store = await open();
      const details = { sub: { n: [1] } };
      const choices = ["yes", { no: true }];
      const states = [
        newRun({ records: [begun(1, { prompt: "hi" })] }),
        newRun({ records: [waiting({ choices, details, prompt: "Go on?" })] }),
        newRun({ records: [begun(1), stuck()] }),
        newRun({ records: [failed()] }),
      ].map(({ run }) => run);
      for (const runState of states) {
        const snapshot = { ...newSnapshot({ runId: runState.runId }), runState };
        await store.save(snapshot);
        expect((await store.load(snapshot.snapshotId))?.runState).toEqual(runState);
      }
    });

    it("says when it was saved, and keeps when it was made", async () => {
      await using store = await open();
      const createdAt = "2001-02-03T04:05:06.789Z";
      const saved = await store.save(newSnapshot({ createdAt }));
      expect(saved.createdAt).toBe(createdAt);
      expect(Date.parse(saved.updatedAt) > Date.parse(createdAt)).toBe(true);
    });

    it("replaces the one that has the same id", async () => {
      await using store = await open();
      const first = await store.save(newSnapshot({ name: "first", tags: ["old"] }));
      const second = await store.save({ ...first, name: "second", tags: [] });
      expect(await store.load(first.snapshotId)).toEqual(second);
      expect((await store.list()).items).toEqual([second]);
      expect((await store.list({ tag: "old" })).items).toEqual([]);
    });

    it("has nothing under an id that nobody saved", async () => {
      await using store = await open();
      expect(await store.load("nobody")).toBe(undefined);
      expect(await store.delete("nobody")).toBe(false);
    });

    it("deletes one and leaves the others", async () => {
      await using store = await open();
      const gone = await store.save(newSnapshot());
      const kept = await store.save(newSnapshot());
      expect(await store.delete(gone.snapshotId)).toBe(true);
      expect(await store.delete(gone.snapshotId)).toBe(false);
      expect(await store.load(gone.snapshotId)).toBe(undefined);
      expect((await store.list()).items).toEqual([kept]);
    });

    it("refuses ids that are no file names", async () => {
      await using store = await open();
      for (const snapshotId of badIds) {
        const end = await codeOf(store.save(newSnapshot({ snapshotId })));
        expect([snapshotId, end]).toEqual([snapshotId, "invalid_id"]);
      }
      expect((await store.list()).items).toEqual([]);
    });

    it("finds nothing under ids that are no file names", async () => {
      await using store = await open();
      await store.save(newSnapshot());
      for (const snapshotId of badIds) {
        expect(await store.load(snapshotId)).toBe(undefined);
        expect(await store.delete(snapshotId)).toBe(false);
      }
      expect((await store.list()).items.length).toBe(1);
    });

    it("refuses what is not JSON, and keeps what it had", async () => {
      await using store = await open();
      const good = await store.save(newSnapshot({ vars: { n: 1 } }));
      const vars = { n: Number.NaN };
      const bad = { ...good, runState: { ...good.runState, vars } };
      expect(await codeOf(store.save(bad))).toBe("invalid_json_value");
      expect(await store.load(good.snapshotId)).toEqual(good);
    });

    it("keeps what it has when the caller's object changes later", async () => {
      await using store = await open();
      const tags = ["one"];
      const vars = { list: [1] };
      const { snapshotId } = await store.save(newSnapshot({ tags, vars }));
      tags.push("two");
      vars.list.push(2);
      const loaded = await store.load(snapshotId);
      expect(loaded?.tags).toEqual(["one"]);
      expect(loaded?.runState.vars).toEqual({ list: [1] });
    });

    it("keeps what it has when a reader tries to change what it got", async () => {
      await using store = await open();
      const { snapshotId } = await store.save(newSnapshot({ tags: ["one"], vars: { n: 1 } }));
      const got = await store.load(snapshotId);
      Reflect.set(got ?? {}, "name", "changed");
      Reflect.set(got?.tags ?? {}, "0", "changed");
      Reflect.set(got?.runState.vars ?? {}, "n", "changed");
      const again = await store.load(snapshotId);
      expect([again?.name, again?.tags, again?.runState.vars]).toEqual([
        "bookmark",
        ["one"],
        { n: 1 },
      ]);
    });
  });
}
