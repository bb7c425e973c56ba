import { newKeptEvent, newRun, waitingFor } from "@abstractruntime/testkit/conformance";
import { describe, expect, it } from "vitest";
import { FileStore } from "../src/index.ts";
import { freshFolder } from "./fresh-folder.ts";

const runs = Array.from({ length: 300 }, (_, n) => `run-${n}`);

/** A folder in which three hundred runs wait for the key `k`, opened so that it fails after so many messages. */
async function openWaiting(failsAfter: number): Promise<{ dir: string; store: FileStore }> {
  const dir = await freshFolder();
  await using starter = await FileStore.open(dir);
  for (const runId of runs) await starter.create(newRun({ runId, records: [waitingFor("k")] }));
  await starter.close();
  let left = failsAfter;
  const store = await FileStore.open(dir, {
    crashPoint: (name) => {
      if (name !== "inbox:before-append") return;
      left -= 1;
      if (left < 0) throw new Error("the power is cut");
    },
  });
  return { dir, store };
}

async function inboxSizes(store: FileStore): Promise<readonly number[]> {
  return Promise.all(runs.map(async (runId) => (await store.readInbox(runId)).length));
}

describe("an event for hundreds of runs", () => {
  it("is delivered to the rest when the folder is opened again after a crash in the middle", async () => {
    const { dir, store } = await openWaiting(100);
    const event = newKeptEvent("k");
    await expect(store.publish(event)).rejects.toThrow("the power is cut");
    await store.close();
    await using reopened = await FileStore.open(dir);
    expect(await inboxSizes(reopened)).toEqual(runs.map(() => 1));
    const { deliveredTo } = await reopened.publish(event);
    expect(deliveredTo.toSorted()).toEqual(runs.toSorted());
    expect(await inboxSizes(reopened)).toEqual(runs.map(() => 1));
  });

  it("is delivered once to each when it is published again after a disk error in the middle", async () => {
    const { dir, store } = await openWaiting(100);
    const event = newKeptEvent("k");
    await expect(store.publish(event)).rejects.toThrow("the power is cut");
    expect((await inboxSizes(store)).filter((size) => size === 1)).toHaveLength(100);
    await store.close();
    await using reopened = await FileStore.open(dir);
    await Promise.all([reopened.publish(event), reopened.publish(event)]);
    expect(await inboxSizes(reopened)).toEqual(runs.map(() => 1));
  });
});
