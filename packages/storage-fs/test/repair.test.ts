import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  ended,
  moved,
  newEvent,
  newLease,
  newRun,
  nextChange,
} from "@abstractruntime/testkit/conformance";
import { describe, expect, it } from "vitest";
import { FileStore, repairStore, verifyStore } from "../src/index.ts";
import { freshFolder } from "./fresh-folder.ts";

/** A folder as a crash leaves it: a run whose file is behind, and half of a commit. */
async function crashed(): Promise<string> {
  const [dir, copy] = [await freshFolder(), await freshFolder()];
  const store = await FileStore.open(dir);
  const { stored } = await store.create(newRun({ runId: "r", lease: newLease() }));
  await store.commit(nextChange(stored, { records: [moved({ n: 1 })], lease: newLease() }));
  await store.deliver("r", newEvent());
  await store.create(newRun({ runId: "done", records: [ended({ ok: 1 })] }));
  await cp(dir, copy, { recursive: true });
  await rm(join(copy, ".abstractruntime.lock"));
  await store.close();
  const ledger = join(copy, "ledger_r.jsonl");
  const text = await readFile(ledger, "utf8");
  await writeFile(ledger, `${text}{"actor_id":null,"att`);
  return copy;
}

describe("verifyStore", () => {
  it("finds nothing in a folder that was closed", async () => {
    const dir = await freshFolder();
    const store = await FileStore.open(dir);
    await store.create(newRun({ runId: "r", lease: newLease() }));
    await store.close();
    expect(await verifyStore(dir)).toEqual({
      ok: true,
      runs: 1,
      legacyRuns: 0,
      records: 1,
      problems: [],
    });
  });

  it("finds what a crash left, without changing anything", async () => {
    const dir = await crashed();
    const report = await verifyStore(dir);
    expect(report.ok).toBe(false);
    expect(report.runs).toBe(2);
    expect(report.problems.map(({ kind, runId }) => ({ kind, runId }))).toEqual([
      { kind: "torn_tail", runId: "r" },
      { kind: "run_file_behind", runId: "r" },
    ]);
    expect(await verifyStore(dir)).toEqual(report);
  });

  it("finds a run file that says something else than the ledger", async () => {
    const dir = await crashed();
    const file = join(dir, "run_done.json");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace('"ok": 1', '"ok": 2'));
    const { problems } = await verifyStore(dir);
    expect(problems).toContainEqual(expect.objectContaining({ kind: "run_file_differs", file }));
  });

  it("finds records, snapshots and contents that were changed", async () => {
    const dir = await crashed();
    const store = await FileStore.open(dir);
    const { artifactId } = await store.artifacts.put(new TextEncoder().encode("content"));
    await store.close();
    await writeFile(join(dir, "artifacts", `${artifactId}.bin`), "Content");
    await writeFile(join(dir, "snapshot_s.json"), "[]");
    const ledger = join(dir, "ledger_done.jsonl");
    await writeFile(ledger, (await readFile(ledger, "utf8")).replace('"ended"', '"gone"'));
    const { problems } = await verifyStore(dir);
    expect(problems.map(({ kind, file }) => [kind, file])).toEqual([
      ["damaged", join(dir, "artifacts", `${artifactId}.bin`)],
      ["damaged", ledger],
      ["damaged", join(dir, "snapshot_s.json")],
    ]);
  });
});

describe("repairStore", () => {
  it("makes a crashed folder one that 0.2.0 can load", async () => {
    const dir = await crashed();
    const { recovered, problems } = await repairStore(dir);
    expect(recovered.map(({ kind }) => kind)).toEqual(["torn_tail"]);
    expect(problems).toEqual([]);
    const run = JSON.parse(await readFile(join(dir, "run_r.json"), "utf8")) as { vars: unknown };
    expect(run.vars).toEqual({ n: 1 });
    expect(await repairStore(dir)).toEqual({ recovered: [], replaced: [], problems: [] });
  });

  it("writes a run file anew that the ledger contradicts, and keeps the old one aside", async () => {
    const dir = await crashed();
    const file = join(dir, "run_done.json");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace('"ok": 1', '"ok": 2'));
    const { replaced, problems } = await repairStore(dir);
    expect(replaced).toEqual([file]);
    expect(problems).toEqual([]);
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual(JSON.parse(text));
    expect(await readFile(`${file}.bad`, "utf8")).toContain('"ok": 2');
  });

  it("leaves what it can't mend as it is, and says so", async () => {
    const dir = await crashed();
    const ledger = join(dir, "ledger_done.jsonl");
    const broken = (await readFile(ledger, "utf8")).replace('"seq":1', '"seq":7');
    await writeFile(ledger, broken);
    await rm(join(dir, "run_done.json"));
    const { problems } = await repairStore(dir);
    expect(problems).toMatchObject([{ kind: "damaged", runId: "done", file: ledger }]);
    expect(await readFile(ledger, "utf8")).toBe(broken);
  });

  it("is refused while a process writes the folder", async () => {
    const dir = await freshFolder();
    await using store = await FileStore.open(dir);
    await expect(repairStore(dir)).rejects.toMatchObject({ code: "store_locked" });
    expect(store.report().damaged).toEqual([]);
  });
});
