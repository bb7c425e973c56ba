import type { RecordRange } from "@abstractruntime/core/store";
import { begun, completed, ended, moved, stuck, waitingFor } from "../fixtures/drafts.ts";
import type { Theme } from "./theme.ts";

const ranges: readonly RecordRange[] = [
  {},
  { after: 0 },
  { after: 4 },
  { after: 10 },
  { after: 99 },
  { limit: 3 },
  { after: 2, limit: 3 },
  { after: 8, limit: 50 },
  { after: 9, limit: 1 },
];

export const recordsTheme: Theme = {
  title: "records and recordTexts",
  cases: (it, expect) => {
    it("give any part of the ledger in order", async ({ store, start, commit, textsOf }) => {
      let read = await start();
      for (let n = 0; n < 3; n += 1)
        read = await commit(read, { records: [moved({ n }), moved({ n: -n }), moved()] });
      const all = await store.records(read.run.runId);
      expect(all.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
      expect(all.map(({ revision }) => revision)).toEqual([1, 2, 2, 2, 3, 3, 3, 4, 4, 4]);
      for (const range of ranges) {
        const { after = 0, limit = 10 } = range;
        const part = all.slice(after, after + limit);
        expect(await store.records(read.run.runId, range)).toEqual(part);
        expect(await store.recordTexts(read.run.runId, range)).toEqual(
          await textsOf(read.run.runId, part, range),
        );
      }
    });

    it("keep each kind of record as it is, and its text to the letter", async (world) => {
      const records = [
        moved({ a: 1 }),
        begun(1, { messages: [] }),
        completed(1, "ok"),
        begun(1),
        waitingFor("k"),
        stuck(),
        ended([1]),
      ];
      let read = await world.start({
        vars: { z: 1, a: 2 },
        actorId: "actor",
        sessionId: "session",
      });
      const expected = [...(await world.store.records(read.run.runId))];
      for (const record of records) {
        read = await world.commit(read, { records: [record] });
        const [last] = await world.store.records(read.run.runId, { after: expected.length });
        if (last !== undefined) expected.push(last);
      }
      expect(expected.map(({ kind }) => kind)).toEqual([
        "created",
        ...records.map(({ kind }) => kind),
      ]);
      expect(await world.store.recordTexts(read.run.runId)).toEqual(
        await world.textsOf(read.run.runId, expected),
      );
    });

    it("are one JSON object on one line each", async ({ store, start }) => {
      const { run } = await start({ vars: { text: "two\nlines\r\nand \u2028 more" } });
      for (const text of await store.recordTexts(run.runId)) {
        expect(text.includes("\n")).toBe(false);
        expect(typeof JSON.parse(text)).toBe("object");
      }
    });

    it("belong to one run alone, also when run ids look alike", async ({
      store,
      start,
      commit,
    }) => {
      const ids = ["run", "run.1", "run_1", "run-1", "RUN", "run=1", "run@1", "Run"];
      for (const runId of ids) {
        const { run } = await commit(await start({ runId }), { records: [moved({ runId })] });
        expect(run.vars).toEqual({ runId });
      }
      for (const runId of ids) {
        const records = await store.records(runId);
        expect(records.map((record) => record.runId)).toEqual([runId, runId]);
      }
    });
  },
};
