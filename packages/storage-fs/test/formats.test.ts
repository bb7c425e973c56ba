import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { foldRun, isEnded, type RecordKind } from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import { FileStore, verifyStore } from "../src/index.ts";
import { allRuns, driveToEnd } from "./formats/drive-to-end.ts";
import { factsOf, filesOf, folders, laterClock, type Expected } from "./formats/format.ts";
import { shapeOf } from "./formats/shape.ts";
import { copyOf, freshFolder } from "./fresh-folder.ts";

const home = join(import.meta.dirname, "formats");

/** Formats that were kept, oldest first, named after the first release that wrote them. */
const versions = readdirSync(home, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }));

async function expectedOf(version: string, folder: string): Promise<Expected> {
  const text = await readFile(join(home, version, "expected.json"), "utf8");
  const expected = (JSON.parse(text) as Record<string, Expected>)[folder];
  if (expected === undefined) throw new Error(`nothing is expected of ${version}/${folder}`);
  return expected;
}

const cases = versions.flatMap((version) =>
  readdirSync(join(home, version), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => [version, name] as const),
);

describe.each(cases)("a folder written by %s, %s", (version, folder) => {
  const kept = join(home, version, folder);

  it("is the one that was written then", async () => {
    expect(await filesOf(kept)).toEqual((await expectedOf(version, folder)).files);
  });

  it("opens, lists and loads every run as it was, and each is the fold of its ledger", async () => {
    const store = await FileStore.open(await copyOf(kept), { clock: laterClock() });
    expect(store.report().damaged).toEqual([]);
    expect(await factsOf(store)).toEqual((await expectedOf(version, folder)).runs);
    const runs = (await allRuns(store)).map(({ run }) => run);
    for (const run of runs) expect((await store.load(run.runId))?.run).toEqual(run);
    for (const run of runs.filter(({ revision }) => revision > 0))
      expect(foldRun(await store.records(run.runId))).toEqual(run);
    await store.close();
  });

  it("opens beside its writer, too", async () => {
    const dir = await copyOf(kept);
    const store = await FileStore.open(dir, { readOnly: true });
    const ids = (await allRuns(store)).map(({ run }) => run.runId);
    expect(ids).toEqual(expect.arrayContaining(folder === "halfway" ? ["subworkflow"] : ["event"]));
    await store.close();
  });

  it("drives every run to its end, and verifies", async () => {
    const dir = await copyOf(kept);
    const clock = laterClock();
    const store = await FileStore.open(dir, { clock });
    expect(await driveToEnd(store, clock)).toEqual((await expectedOf(version, folder)).ends);
    for (const { run } of await allRuns(store)) {
      expect(isEnded(run)).toBe(true);
      expect(foldRun(await store.records(run.runId))).toEqual(run);
    }
    await store.close();
    expect(await verifyStore(dir)).toMatchObject({ ok: true, problems: [] });
  });
});

describe("a folder that was closed", () => {
  it.each(versions)(
    "has its inboxes, events, artifacts and snapshots still: %s",
    async (version) => {
      const store = await FileStore.open(await copyOf(join(home, version, "closed")));
      expect(await store.readInbox("event")).toMatchObject([
        { message: { kind: "event", key: "unread", payload: { key: "unread" } } },
      ]);
      expect(await store.takeKept("event", ["kept"])).toBe(1);
      const [metadata] = (await store.artifacts.list({ runId: "chat" })).items;
      expect(metadata).toMatchObject({ contentType: "application/json", tags: { kind: "sample" } });
      const [snapshot] = (await store.snapshots.list({ runId: "chat" })).items;
      expect(snapshot).toMatchObject({ name: "enough?", runState: { status: "waiting" } });
      await store.close();
    },
  );
});

it("today's format is the last one that was kept", async () => {
  const newest = versions.at(-1) ?? "";
  const [now, then] = [new Set<string>(), new Set<string>()];
  for (const [name, make] of Object.entries(folders)) {
    const dir = await freshFolder();
    await make(dir);
    for (const place of await shapeOf(dir)) now.add(place);
    for (const place of await shapeOf(join(home, newest, name))) then.add(place);
  }
  const difference = {
    new: [...now].filter((place) => !then.has(place)),
    gone: [...then].filter((place) => !now.has(place)),
  };
  // What is written has changed: if the newest version is not released, write its folder anew; else write one for the
  // next release. See formats/write-format.ts.
  expect(difference).toEqual({ new: [], gone: [] });
});

it("a kept folder has a record of every kind", async () => {
  const dir = join(home, versions.at(-1) ?? "", "closed");
  const places = [...(await shapeOf(dir))].filter((place) => place.startsWith("ledger "));
  const found = new Set(places.map((place) => place.split(/[ .]/)[1] ?? ""));
  const missing = Object.keys(kinds).filter((kind) => !found.has(kind));
  expect(missing).toEqual([]);
});

/** All kinds: the compiler asks for those that are missing here. */
const kinds: Record<RecordKind, true> = {
  created: true,
  ready: true,
  begun: true,
  completed: true,
  failed: true,
  interrupted: true,
  waiting: true,
  gated: true,
  branched: true,
  answered: true,
  timed_out: true,
  settled: true,
  refused: true,
  late: true,
  moved: true,
  ended: true,
  cancelled: true,
  paused: true,
  unpaused: true,
  limits: true,
  forked: true,
  migrated: true,
  entered: true,
  adopted: true,
};
