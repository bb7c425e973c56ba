import { cp, readFile, rename, truncate } from "node:fs/promises";
import { join } from "node:path";
import {
  branches,
  complete,
  defineEffect,
  defineWorkflow,
  ref,
  Runtime,
  startSubworkflows,
  waitEvent,
} from "@abstractruntime/core";
import { foldRun, isEnded } from "@abstractruntime/core/store";
import { begun, claimRequest, newRun, waiting } from "@abstractruntime/testkit/conformance";
import { describe, expect, it } from "vitest";
import { type CrashPointName, FileStore, verifyStore } from "../src/index.ts";
import { inboxFile, lockFile } from "../src/folder/file-names.ts";
import { freshFolder } from "./fresh-folder.ts";

const work = defineEffect({
  type: "work",
  replay: "idempotent",
  perform: ({ n }: { n: number }) => ({ n }),
});

const lost = defineWorkflow({
  id: "lost",
  entry: "wait",
  nodes: {
    wait: () => waitEvent({ key: "what never comes", next: "end" }),
    end: () => complete(null),
  },
});

/** A join in batches, then one that is won by its last child. */
const family = defineWorkflow({
  id: "family",
  entry: "spread",
  nodes: {
    spread: () =>
      branches(
        { node: "work", each: ref("items"), as: "n" },
        { next: "race", resultKey: "spread", maxConcurrency: 2 },
      ),
    work: (run) => work({ n: run.vars.n }, { next: "done", resultKey: "r" }),
    done: (run) => complete(run.vars.r.n),
    race: () =>
      startSubworkflows([{ workflow: "lost" }, { workflow: "lost" }, { workflow: "quick" }], {
        join: "any",
        next: "end",
        resultKey: "race",
      }),
    end: (run) => complete([outputsOf(run.vars.spread), outputsOf(run.vars.race)]),
  },
});

const quick = defineWorkflow({
  id: "quick",
  entry: "work",
  nodes: {
    work: () => work({ n: 7 }, { next: "end", resultKey: "r" }),
    end: (run) => complete(run.vars.r.n),
  },
});

function outputsOf({ results }: { results: readonly { output: unknown }[] }): readonly unknown[] {
  return results.map(({ output }) => output);
}

const items = [0, 10, 20];
const outcome = [items, [7]];

const code = { workflows: [family, lost, quick], effects: [work] };

async function drive(store: FileStore): Promise<void> {
  await using runtime = new Runtime({ store, ...code, closesStore: false });
  await runtime.start(family, { id: "root", vars: { items } });
  expect((await runtime.run("root")).output).toEqual(outcome);
  // Losers that nobody told before the crash are due: whoever looks for work finds them.
  for (const { run, head } of (await store.list({ limit: 1_000 })).items) {
    if (isEnded(run)) continue;
    expect(Date.parse(head.wakeAt ?? "")).toBeLessThanOrEqual(Date.now());
    await runtime.tick(run.runId);
  }
}

interface Copy {
  readonly name: CrashPointName;
  readonly dir: string;
}

/** The folder as a crash would leave it at each point of the family's life. */
async function crashedEverywhere(
  live: (store: FileStore) => Promise<void> = drive,
): Promise<readonly Copy[]> {
  const [dir, copies] = [await freshFolder(), await freshFolder()];
  const taken: Copy[] = [];
  const crashPoint = async (name: CrashPointName): Promise<void> => {
    const copy = join(copies, `${taken.length}`);
    taken.push({ name, dir: copy });
    await copyFolder(dir, copy);
    await rename(join(copy, lockFile), join(copy, "lock-of-the-dead")).catch(() => {});
  };
  const store = await FileStore.open(dir, { crashPoint });
  await live(store);
  await store.close();
  return taken;
}

/** Other writes go on meanwhile: a temporary file that is gone makes it begin anew. */
async function copyFolder(from: string, to: string, tries = 20): Promise<void> {
  try {
    await cp(from, to, { recursive: true, force: true });
  } catch (error) {
    if (tries === 0) throw error;
    await copyFolder(from, to, tries - 1);
  }
}

/** Open the folder, let the family live to its end, and look for what must not be. */
async function checkFamily(dir: string): Promise<void> {
  const store = await FileStore.open(dir);
  expect(store.report().damaged).toEqual([]);
  await drive(store);
  const { items: runs } = await store.list({ limit: 1_000 });
  expect(runs.length).toBe(1 + 3 + 3);
  for (const { run } of runs) {
    expect(isEnded(run)).toBe(true);
    expect(foldRun(await store.records(run.runId))).toEqual(run);
  }
  for (const step of [1, 2]) {
    const { items: children } = await store.listChildren("root", { stepId: `root:${step}` });
    expect(children.map(({ run }) => run.parent?.index)).toEqual([0, 1, 2]);
  }
  const ends = (await store.records("root")).filter(({ kind }) => kind === "answered");
  expect(ends.length).toBe(2);
  await store.close();
  expect((await verifyStore(dir)).problems).toEqual([]);
}

describe("a family that joins", () => {
  it("comes to the same end after a crash at any point of a write", async () => {
    const copies = await crashedEverywhere();
    const names = new Set(copies.map(({ name }) => name));
    for (const name of ["intent:children", "intent:messages", "inbox:appended"] as const)
      expect(names).toContain(name);
    await inParallel(copies, ({ dir }) => checkFamily(dir));
  }, 180_000);

  it("is told that more children may begin, also after a crash before it was told", async () => {
    const wait = {
      waitId: "wait",
      reason: "subworkflow",
      join: {
        intentSeq: 2,
        total: 5,
        begun: 2,
        need: null,
        onFailure: "settle",
        maxConcurrency: null,
      },
    } as const;
    const copies = await crashedEverywhere(async (store) => {
      await store.create(
        newRun({ runId: "root", wakeAt: null, records: [begun(1), waiting(wait)] }),
      );
    });
    let met = 0;
    for (const { dir } of copies) {
      await using store = await FileStore.open(dir);
      if ((await store.load("root")) === undefined) continue;
      const { runs } = await store.claimDue(claimRequest());
      expect(runs.map(({ run }) => run.runId)).toEqual(["root"]);
      const [told, ...more] = await store.readInbox("root");
      expect(told?.message).toMatchObject({ kind: "join_due", completed: 0, failed: 0 });
      expect(more).toEqual([]);
      met += 1;
    }
    expect(met).toBeGreaterThan(3);
  });

  it("comes to the same end when its counters were cut off at any byte", async () => {
    const copies = await crashedEverywhere();
    const torn = copies.filter(({ name }) => name === "inbox:appended");
    expect(torn.length).toBeGreaterThan(5);
    await inParallel(torn, async ({ dir }) => {
      const bytes = await readFile(join(dir, inboxFile("root"))).catch(() => Buffer.alloc(0));
      const from = bytes.lastIndexOf(10, bytes.length - 2) + 1;
      for (let at = from; at < bytes.length; at += 23) {
        const copy = `${dir}-${at}`;
        await cp(dir, copy, { recursive: true });
        await truncate(join(copy, inboxFile("root")), at);
        await checkFamily(copy);
      }
    });
  }, 180_000);
});

async function inParallel<Item>(
  all: readonly Item[],
  check: (item: Item) => Promise<void>,
): Promise<void> {
  for (let n = 0; n < all.length; n += 8) await Promise.all(all.slice(n, n + 8).map(check));
}
