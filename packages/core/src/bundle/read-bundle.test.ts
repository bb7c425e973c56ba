import { describe, expect, it } from "vitest";
import { bundleOf, collected, linesOf, parsed, streamed } from "../../test/bundles.ts";
import { codeOf, newWorld, type World } from "../../test/world.ts";
import { putText } from "../artifact/text-and-json.ts";
import { startSubworkflow, waitEvent } from "../builtin/plan-waits.ts";
import { isAbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { MemoryArtifactStore } from "../memory/memory-artifact-store.ts";
import { MemorySnapshotStore } from "../memory/memory-snapshot-store.ts";
import { MemoryStore } from "../memory/memory-store.ts";
import { randomIds } from "../ports/random-ids.ts";
import { Runtime } from "../runtime/runtime.ts";
import { createSnapshot } from "../snapshot/create-snapshot.ts";
import { complete } from "../step/plan-helpers.ts";
import { defineWorkflow } from "../workflow/define-workflow.ts";
import { importRun, type BundleTarget } from "./import-run.ts";

const listens = defineWorkflow({
  id: "listens",
  entry: "first",
  nodes: {
    first: () => waitEvent({ key: "k", resultKey: "said", next: "last" }),
    last: (run) => complete(run.vars.said),
  },
});
const parent = defineWorkflow({
  id: "parent",
  entry: "first",
  nodes: {
    first: () => startSubworkflow({ workflow: "listens", resultKey: "child", next: "last" }),
    last: (run) => complete(run.vars.child),
  },
});

/** The bundle of a parent and its child, with an unread message, an artifact with two claims, and a snapshot. */
async function sampleBundle({ clock }: World): Promise<Uint8Array> {
  const store = new MemoryStore({ clock });
  const artifacts = new MemoryArtifactStore({ clock });
  const snapshots = new MemorySnapshotStore({ clock });
  const workflows = [listens, parent];
  const runtime = new Runtime({ store, artifacts, snapshots, clock, workflows });
  await runtime.start(parent, { id: "top", vars: { n: 1 } });
  const [child] = (await runtime.listRuns({ root: false })).items;
  await runtime.pauseRun("top");
  await runtime.emitEvent("later", "unread", { runId: "top", drive: false, eventId: "e" });
  for (const runId of ["top", child?.runId ?? ""]) await putText(artifacts, "shared", { runId });
  const run = await runtime.getState("top");
  await snapshots.save(createSnapshot({ run, name: "here", ids: randomIds, clock }));
  return collected(runtime.exportRun("top"));
}

interface Target extends BundleTarget {
  readonly store: MemoryStore;
  readonly artifacts: MemoryArtifactStore;
  readonly snapshots: MemorySnapshotStore;
}

function newTarget(): Target {
  return {
    store: new MemoryStore(),
    artifacts: new MemoryArtifactStore(),
    snapshots: new MemorySnapshotStore(),
  };
}

/** What an import that is refused says; fails when it is not, or when it left anything but artifacts. */
async function refusal(target: Target, bytes: Uint8Array): Promise<string> {
  const said = await importRun(target, streamed(bytes, 4_096)).then(
    () => "it was imported",
    (error: unknown) => (isAbstractRuntimeError(error, "bundle_invalid") ? error.message : null),
  );
  const runs = (await target.store.list()).items.length;
  const snapshots = (await target.snapshots.list()).items.length;
  if (said !== null && runs + snapshots === 0) return said;
  throw new Error(`${said ?? "another error"}; ${runs} runs and ${snapshots} snapshots are there`);
}

type Change = (lines: string[]) => unknown;

const at = (lines: readonly string[], type: string, nth = 0): number =>
  lines.flatMap((line, index) => (parsed(line).type === type ? [index] : []))[nth] ?? -1;

/** Change what a line says. */
function edit(
  lines: string[],
  index: number,
  // oxlint-disable-next-line typescript/no-explicit-any -- a line of a bundle, of any type
  change: (line: any) => unknown,
): void {
  const line = parsed(lines[index] ?? "");
  change(line);
  lines[index] = JSON.stringify(line);
}

/** A ledger line: the nth after the run line of the first or second run. */
const record = (lines: readonly string[], nth: number, run = 0): number =>
  at(lines, "run", run) + 1 + nth;

/** What is wrong with a bundle whose digest and counts are right, and what the refusal says. */
const faults: readonly (readonly [string, Change, string])[] = [
  ["another format", (l) => edit(l, 0, (h) => (h.format = "zip")), "line 1: it is not"],
  ["a later version", (l) => edit(l, 0, (h) => (h.version = 2)), "line 1: version 2"],
  ["no header", (l) => l.shift(), "line 1"],
  ["a first line that is no JSON", (l) => (l[0] = "{"), "line 1"],
  ["another number of runs", (l) => edit(l, 0, (h) => (h.runs = 3)), "holds 2 runs, not 3"],
  ["another root", (l) => edit(l, 0, (h) => (h.root_run_id = "other")), "begins with run top"],
  ["offloaded values", (l) => edit(l, 0, (h) => (h.offloads = true)), "with offload"],
  [
    "an id that is no file name",
    (l) => edit(l, at(l, "run"), (r) => (r.run_id = "../etc")),
    'run id "../etc"',
  ],
  ["facts of another state", (l) => edit(l, at(l, "run"), (r) => (r.status = "failed")), "status"],
  ["a ledger line too few", (l) => l.splice(record(l, 1), 1), "record 2 has the number 3"],
  [
    "two ledger lines that traded places",
    (l) => {
      const [one, two] = [record(l, 1), record(l, 2)];
      [l[one], l[two]] = [l[two] ?? "", l[one] ?? ""];
    },
    "record 2 has the number 3",
  ],
  ["an empty ledger line", (l) => (l[record(l, 1)] = ""), "empty line"],
  ["a record of another run", (l) => edit(l, record(l, 1), (r) => (r.run_id = "x")), "x"],
  ["a record of no kind", (l) => edit(l, record(l, 1), (r) => (r.kind = "magic")), "magic"],
  [
    "a revision that was skipped",
    (l) => edit(l, record(l, 3), (r) => (r.revision += 1)),
    "revision",
  ],
  ["a commit that is not whole", (l) => edit(l, record(l, 3), (r) => delete r.last), "not whole"],
  [
    "a commit with two ids",
    (l) => edit(l, record(l, 1), (r) => (r.commit_id = "other")),
    "record 2",
  ],
  ["other vars at the start", (l) => edit(l, record(l, 0), (r) => (r.vars = { n: 2 })), "the fold"],
  [
    "another state",
    (l) => edit(l, at(l, "state"), (s) => (s.run.vars = { n: 2 })),
    "its state is not the fold",
  ],
  ["a state that is no run", (l) => edit(l, at(l, "state"), (s) => (s.run = {})), "state"],
  ["no state", (l) => l.splice(at(l, "state"), 1), "the state of the run is missing"],
  ["no unread message", (l) => l.splice(at(l, "message"), 1), "an unread message is missing"],
  [
    "a message of no kind",
    (l) => edit(l, at(l, "message"), (m) => (m.message.kind = "shout")),
    "message: kind",
  ],
  [
    "a message twice",
    (l) => {
      l.splice(at(l, "message"), 0, l[at(l, "message")] ?? "");
      edit(l, at(l, "run"), (r) => (r.messages = 2));
    },
    "message e was read already",
  ],
  [
    "a child of somebody else",
    (l) => {
      edit(l, at(l, "run", 1), (r) => (r.run_id = "stranger"));
      edit(l, at(l, "state", 1), (s) => (s.run.run_id = "stranger"));
      for (let nth = 0; nth < 3; nth += 1)
        edit(l, record(l, nth, 1), (r) => (r.run_id = "stranger"));
    },
    "waits for",
  ],
  [
    "no child, though its parent waits for it",
    (l) => {
      const [from, to] = [at(l, "run", 1), at(l, "state", 1)];
      l.splice(from, to + 1 - from);
      edit(l, 0, (h) => (h.runs = 1));
    },
    "waits for",
  ],
  [
    "the same run twice",
    (l) => {
      l.splice(at(l, "run", 1), 0, ...l.slice(at(l, "run"), at(l, "run", 1)));
      edit(l, 0, (h) => (h.runs = 3));
    },
    "in it twice",
  ],
  [
    "the child before its parent",
    (l) => {
      const child = l.splice(at(l, "run", 1), at(l, "state", 1) + 1 - at(l, "run", 1));
      l.splice(1, 0, ...child);
    },
    "not with top",
  ],
  [
    "a snapshot of another run",
    (l) => edit(l, at(l, "snapshot"), (s) => (s.snapshot.run_id = "x")),
    "run x is not in it",
  ],
  [
    "a snapshot whose id leaves its folder",
    (l) => edit(l, at(l, "snapshot"), (s) => (s.snapshot.snapshot_id = "../x")),
    "snapshot id",
  ],
  [
    "an artifact whose content is another",
    (l) => edit(l, at(l, "chunk"), (c) => (c.data = "eHh4")),
    "is not what was exported",
  ],
  [
    "an artifact under another hash",
    (l) => edit(l, at(l, "artifact_end"), (e) => (e.sha256 = "0".repeat(64))),
    "is not what was exported",
  ],
  [
    "an artifact under another id",
    (l) => {
      edit(l, at(l, "artifact"), (a) => (a.artifact_id = "f".repeat(32)));
      edit(l, at(l, "claim"), (a) => (a.artifact_id = "f".repeat(32)));
    },
    "not the id of its content",
  ],
  [
    "an artifact id that leaves its folder",
    (l) => edit(l, at(l, "artifact"), (a) => (a.artifact_id = "../x")),
    "artifact id",
  ],
  ["content that is no base64", (l) => edit(l, at(l, "chunk"), (c) => (c.data = "!")), "base64"],
  ["content without an end", (l) => l.splice(at(l, "artifact_end"), 1), "has no end"],
  [
    "a claim of another run",
    (l) => edit(l, at(l, "claim"), (c) => (c.run_id = "x")),
    "run x is not in it",
  ],
  [
    "a claim before its artifact",
    (l) => l.push(...l.splice(at(l, "artifact"), 3)),
    "claimed before",
  ],
  ["a line that has no place", (l) => l.push('{"type":"run"}'), "out of place"],
  ["a line of no type", (l) => l.push("{}"), "type"],
];

describe("a bundle that is not right", () => {
  it.each(faults)("is refused with %s, and changes nothing", async (_what, change, says) => {
    const lines = [...linesOf(await sampleBundle(newWorld()))];
    const before = lines.join("\n");
    change(lines);
    expect(lines.join("\n")).not.toBe(before);
    expect(await refusal(newTarget(), bundleOf(lines))).toContain(says);
  });

  it("is imported as it was, so that only its faults are refused", async () => {
    const bytes = await sampleBundle(newWorld());
    expect(bundleOf(linesOf(bytes))).toEqual(bytes);
    const target = newTarget();
    const imported = await importRun(target, streamed(bytes));
    expect(imported).toMatchObject({ created: true, artifacts: 1, snapshots: 1 });
    const [top, child] = imported.runIds;
    expect((await target.artifacts.list({ runId: child ?? "" })).items).toHaveLength(1);
    expect(await target.store.readInbox(top ?? "")).toHaveLength(1);
  });

  it("is refused when any byte of it was cut or changed", async () => {
    const { clock } = newWorld();
    const store = new MemoryStore({ clock });
    const artifacts = new MemoryArtifactStore({ clock });
    const runtime = new Runtime({ store, artifacts, clock });
    await runtime.start(listens, { id: "run" });
    await putText(artifacts, "content", { runId: "run" });
    const bytes = await collected(runtime.exportRun("run"));
    const target = newTarget();
    const bad: Uint8Array[] = [];
    for (const [index, value] of bytes.entries()) {
      const flipped = Uint8Array.from(bytes);
      flipped[index] = value ^ (1 << (index % 8));
      bad.push(bytes.subarray(0, index), flipped);
    }
    for (const more of ["\n", " ", "{}\n", "x"])
      bad.push(Buffer.concat([bytes, Buffer.from(more)]));
    for (const bundle of bad) expect(await refusal(target, bundle)).toMatch(/^bundle/);
  });

  it("is refused where there is no store for what it holds", async () => {
    const bytes = await sampleBundle(newWorld());
    for (const without of ["artifacts", "snapshots"] as const) {
      const target = newTarget();
      const call = importRun({ ...target, [without]: undefined }, streamed(bytes));
      expect(await codeOf(call)).toBe("bundle_invalid");
      expect((await target.store.list()).items).toEqual([]);
    }
  });

  it("is refused where another run has one of its ids", async () => {
    const world = newWorld();
    const bytes = await sampleBundle(world);
    const lines = linesOf(bytes);
    for (const runId of ["top", parsed(lines[at(lines, "run", 1)] ?? "").run_id as string]) {
      const target = newTarget();
      const runtime = new Runtime({ store: target.store });
      await runtime.start(listens, { id: runId });
      const before = await target.store.list();
      expect(await codeOf(importRun(target, streamed(bytes)))).toBe("run_exists");
      expect(await target.store.list()).toEqual(before);
      expect((await target.artifacts.list()).items).toEqual([]);
    }
  });

  it("is refused where an artifact of its name is other content", async () => {
    const world = newWorld();
    const store = new MemoryStore({ clock: world.clock });
    const artifacts = new MemoryArtifactStore({ clock: world.clock });
    const runtime = new Runtime({ store, artifacts, clock: world.clock });
    await runtime.start(listens, { id: "run" });
    await putText(artifacts, "mine", { runId: "run", artifactId: "named" });
    const target = newTarget();
    await putText(target.artifacts, "theirs", { artifactId: "named" });
    expect(await codeOf(importRun(target, runtime.exportRun("run")))).toBe("artifact_exists");
    expect((await target.store.list()).items).toEqual([]);
  });

  it("leaves artifacts that came before its fault, which the right bundle finds again", async () => {
    const bytes = await sampleBundle(newWorld());
    const lines = linesOf(bytes);
    const target = newTarget();
    await refusal(target, bundleOf([...lines, "{}"]));
    expect((await target.artifacts.list()).items).toHaveLength(1);
    expect(await importRun(target, streamed(bytes))).toMatchObject({ created: true });
    expect((await target.artifacts.list()).items).toHaveLength(1);
  });

  it("does not make the store forget what it was told twice", async () => {
    const bytes = await sampleBundle(newWorld());
    const target = newTarget();
    const create = target.store.create.bind(target.store);
    target.store.create = async (...args) => {
      await create(...args);
      throw new Error("the answer was lost");
    };
    await expect(importRun(target, streamed(bytes))).rejects.toThrow("the answer was lost");
    expect((await target.snapshots.list()).items).toEqual([]);
    target.store.create = create;
    expect(await importRun(target, streamed(bytes))).toMatchObject({
      created: false,
      snapshots: 1,
    });
  });
});
