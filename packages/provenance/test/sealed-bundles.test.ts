import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  askUser,
  complete,
  defineWorkflow,
  exportRun,
  importRun,
  MemoryStore,
  offload,
  Runtime,
} from "@abstractruntime/core";
import type { DurableStore } from "@abstractruntime/core/store";
import { FileStore } from "@abstractruntime/storage-fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encrypt } from "../src/index.ts";
import { bytesIn } from "./support/bytes-in.ts";
import { newKey } from "./support/new-key.ts";

const codeIs = (code: string) => expect.objectContaining({ code });
const keys = { current: "k1", keys: { k1: newKey() } };
const canary = "canary in a coal mine";

const inner = defineWorkflow({
  id: "inner",
  entry: "ask",
  nodes: {
    ask: () => askUser({ prompt: canary, resultKey: "answer", next: "done" }),
    done: (run) => complete({ said: run.vars.answer }),
  },
});
const outer = defineWorkflow({
  id: "outer",
  entry: "call",
  nodes: {
    call: (run) => ({
      nodeId: "call",
      effect: {
        type: "start_subworkflow",
        payload: { workflow_id: "inner", vars: { note: run.vars.note } },
        resultKey: "result",
      },
      nextNode: "done",
    }),
    done: (run) => complete(run.vars.result),
  },
});
const workflows = [inner, outer];

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "abstractruntime-sealed-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A run that waits for its child, which waits for a user. */
async function aFamily(store: DurableStore): Promise<{ parent: string; child: string }> {
  const runtime = new Runtime({ store, workflows });
  const run = await runtime.start(outer, { vars: { note: canary } });
  const [child] = (await store.listChildren(run.runId)).items;
  return { parent: run.runId, child: child?.run.runId ?? "" };
}

async function textOf(bundle: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of bundle) pieces.push(piece);
  return Buffer.concat(pieces).toString();
}

async function* streamed(text: string): AsyncGenerator<string> {
  yield text;
}

/** Answer the child, and see the parent end. */
async function endOf(store: DurableStore, { parent, child }: { parent: string; child: string }) {
  await using runtime = new Runtime({ store, workflows });
  const waitId = (await store.load(child))?.run.waiting?.waitId ?? "";
  await runtime.resume(child, "yes", { waitId });
  return (await runtime.run(parent)).output;
}

describe("a bundle of encrypted runs", () => {
  it("from the encrypting store goes to another one with the same keys", async () => {
    const store = encrypt(new MemoryStore(), { keys });
    const family = await aFamily(store);
    const bundle = await textOf(exportRun({ store }, family.parent));
    expect(bundle).not.toContain("canary");
    const there = encrypt(new MemoryStore(), { keys });
    expect(await importRun({ store: there }, streamed(bundle))).toMatchObject({ created: true });
    expect(await importRun({ store: there }, streamed(bundle))).toMatchObject({ created: false });
    expect((await there.load(family.child))?.run.waiting?.prompt).toBe(canary);
    expect(await endOf(there, family)).toMatchObject({ output: { said: "yes" } });
  });

  it("from the store below is sealed whole, and goes to another store below", async () => {
    const below = new MemoryStore();
    const family = await aFamily(encrypt(below, { keys }));
    await encrypt(below, { keys }).deliver(family.child, {
      kind: "event",
      key: "k",
      payload: canary,
      messageId: "m1",
      by: null,
      sentAt: "2026-01-01T00:00:00.000Z",
    });
    const bundle = await textOf(exportRun({ store: below }, family.parent));
    expect(bundle).not.toContain("canary");
    const there = new MemoryStore();
    await importRun({ store: there }, streamed(bundle));
    const opened = encrypt(there, { keys });
    expect((await opened.readInbox(family.child))[0]?.message).toMatchObject({ payload: canary });
    expect(await endOf(opened, family)).toMatchObject({ output: { said: "yes" } });
  });

  it("goes to no store that does not encrypt, and none in the clear to one that does", async () => {
    const [sealed, plain] = [encrypt(new MemoryStore(), { keys }), new MemoryStore()];
    for (const [from, to] of [
      [sealed, plain],
      [plain, sealed],
    ] as const) {
      const { parent } = await aFamily(from);
      const bundle = await textOf(exportRun({ store: from }, parent));
      await expect(importRun({ store: to }, streamed(bundle))).rejects.toThrow(
        codeIs("bundle_invalid"),
      );
      expect(await to.load(parent)).toBe(undefined);
    }
  });
});

describe("an encrypted folder", () => {
  it.each([
    ["", (files: FileStore) => files],
    [
      ", large values apart,",
      (files: FileStore) => offload(files, { artifacts: files.artifacts, thresholdBytes: 40 }),
    ],
  ])("%s holds no word of what its runs were given, and opens again", async (what, inside) => {
    const place = join(folder, `runs${what.length}`);
    const open = async () => encrypt(inside(await FileStore.open(place)), { keys });
    const first = await open();
    const family = await aFamily(first);
    await first.close();
    const bytes = await bytesIn(place);
    expect(bytes).toContain("$encrypted:");
    expect(bytes).not.toContain("canary");
    await using again = await open();
    expect(await endOf(again, family)).toMatchObject({ output: { said: "yes" } });
    expect(await bytesIn(place)).not.toContain("canary");
  });
});
