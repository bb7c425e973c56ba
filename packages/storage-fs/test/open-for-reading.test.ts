import { readdir } from "node:fs/promises";
import {
  claimRequest,
  ended,
  moved,
  newEvent,
  newLease,
  newRun,
  nextChange,
} from "@abstractruntime/testkit/conformance";
import { describe, expect, it } from "vitest";
import { FileStore } from "../src/index.ts";
import { freshFolder } from "./fresh-folder.ts";

describe("a folder opened for reading", () => {
  it("shows what its writer has written by now", async () => {
    const dir = await freshFolder();
    await using writer = await FileStore.open(dir);
    await using reader = await FileStore.open(dir, { readOnly: true });
    expect(await reader.load("r")).toBeUndefined();
    const { stored } = await writer.create(newRun({ runId: "r", lease: newLease() }));
    expect((await reader.load("r"))?.run).toEqual(stored.run);
    await writer.commit(nextChange(stored, { records: [moved({ n: 1 })], lease: newLease() }));
    await writer.deliver("r", newEvent());
    expect((await reader.load("r"))?.run.vars).toEqual({ n: 1 });
    expect(await reader.records("r")).toEqual(await writer.records("r"));
    expect(await reader.recordTexts("r")).toEqual(await writer.recordTexts("r"));
    expect(await reader.readInbox("r")).toEqual(await writer.readInbox("r"));
    await writer.create(newRun({ runId: "child", parentRunId: "r", records: [ended()] }));
    expect((await reader.list()).items).toHaveLength(2);
    expect((await reader.listChildren("r")).items).toHaveLength(1);
    await writer.purge({ endedBefore: "2100-01-01T00:00:00Z" });
    expect((await reader.list()).items.map(({ run }) => run.runId)).toEqual(["r"]);
  });

  it("refuses to write, and changes nothing when it opens and closes", async () => {
    const dir = await freshFolder();
    const writer = await FileStore.open(dir);
    const given = newRun({ runId: "r" });
    const { stored } = await writer.create(given);
    const before = await readdir(dir);
    const reader = await FileStore.open(dir, { readOnly: true });
    const refused = { code: "store_read_only" };
    await expect(reader.create(newRun())).rejects.toMatchObject(refused);
    await expect(reader.commit(nextChange(stored))).rejects.toMatchObject(refused);
    await expect(reader.deliver("r", newEvent())).rejects.toMatchObject(refused);
    await expect(reader.claimDue(claimRequest())).rejects.toMatchObject(refused);
    await expect(reader.artifacts.put(new Uint8Array())).rejects.toMatchObject(refused);
    await expect(reader.snapshots.delete("s")).rejects.toMatchObject(refused);
    await reader.close();
    await expect(reader.load("r")).rejects.toMatchObject({ code: "store_closed" });
    expect(await readdir(dir)).toEqual(before);
    await writer.close();
  });

  it("looks at nothing outside of it, whatever the run id", async () => {
    const dir = await freshFolder();
    await (await FileStore.open(`${dir}/run_x`)).close();
    const writer = await FileStore.open(`${dir}/inner`);
    await writer.create(newRun({ runId: "r" }));
    await writer.close();
    await using reader = await FileStore.open(dir, { readOnly: true });
    expect(await reader.load("x/../inner/run_r")).toBeUndefined();
    expect(reader.report().damaged).toEqual([]);
  });

  it("is empty where there is no folder", async () => {
    const dir = `${await freshFolder()}/none`;
    await using reader = await FileStore.open(dir, { readOnly: true });
    expect((await reader.list()).items).toEqual([]);
    expect((await reader.artifacts.list()).items).toEqual([]);
    expect((await reader.snapshots.list()).items).toEqual([]);
  });
});
