import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { type DurableStore, foldRun, MemoryStore } from "@abstractruntime/core";
import {
  ended,
  moved,
  newEvent,
  newKeptEvent,
  newRun,
  nextChange,
  waitingFor,
} from "@abstractruntime/testkit/conformance";
import fc from "fast-check";
import { expect, it } from "vitest";
import { FileStore, verifyStore } from "../src/index.ts";
import { freshFolder, sampleClock } from "./fresh-folder.ts";

const runIds = ["a", "b", "c"] as const;
const keys = ["k", "l"] as const;

const anyRun = fc.constantFrom(...runIds);
const anyKey = fc.constantFrom(...keys);

type Operation =
  | { readonly do: "close" }
  | { readonly do: "crash" }
  | { readonly do: "consume" | "create" | "end" | "move"; readonly run: string; readonly n: number }
  | { readonly do: "deliver" | "send"; readonly run: string; readonly to: string }
  | { readonly do: "take" | "wait"; readonly run: string; readonly key: string }
  | { readonly do: "publish"; readonly key: string };

const anyOperation: fc.Arbitrary<Operation> = fc.oneof(
  { arbitrary: fc.constantFrom({ do: "close" } as const, { do: "crash" } as const), weight: 1 },
  {
    arbitrary: fc.record({
      do: fc.constantFrom("consume", "create", "create", "end", "move", "move"),
      run: anyRun,
      n: fc.nat(),
    }),
    weight: 4,
  },
  {
    arbitrary: fc.record({ do: fc.constantFrom("deliver", "send"), run: anyRun, to: anyRun }),
    weight: 2,
  },
  {
    arbitrary: fc.record({ do: fc.constantFrom("take", "wait"), run: anyRun, key: anyKey }),
    weight: 2,
  },
  { arbitrary: fc.record({ do: fc.constant("publish"), key: anyKey }), weight: 1 },
);

/** One operation on both stores, with the same records and messages. @returns what each answered. */
async function onBoth(
  operation: Exclude<Operation, { readonly do: "close" } | { readonly do: "crash" }>,
  model: DurableStore,
  store: DurableStore,
): Promise<readonly [unknown, unknown]> {
  const both = async (
    call: (on: DurableStore) => Promise<unknown>,
  ): Promise<readonly [unknown, unknown]> => [await call(model), await call(store)];
  if (operation.do === "publish") {
    const event = newKeptEvent(operation.key);
    return both((on) => on.publish(event));
  }
  const { run: runId } = operation;
  if (operation.do === "deliver") {
    const message = newEvent();
    return both((on) => on.deliver(runId, message));
  }
  if (operation.do === "take") return both((on) => on.takeKept(runId, [operation.key]));
  if (operation.do === "create") {
    const run = newRun({ runId, vars: { n: operation.n } });
    return both(async (on) => (await on.create(run)).created);
  }
  const stored = await model.load(runId);
  if (stored === undefined || !["running", "waiting"].includes(stored.run.status)) return [0, 0];
  const change = nextChange(stored, await optionsOf(operation, model));
  return both(async (on) => (await on.commit(change)).messages);
}

async function optionsOf(
  operation: Operation,
  model: DurableStore,
): Promise<Parameters<typeof nextChange>[1]> {
  if (operation.do === "move")
    return { records: [moved({ n: operation.n }), moved({ n: operation.n + 1 })] };
  if (operation.do === "end") return { records: [ended({ n: operation.n })] };
  if (operation.do === "wait") return { records: [waitingFor(operation.key)] };
  if (operation.do === "send") {
    const child = newRun({ runId: `child-of-${operation.run}`, parentRunId: operation.run });
    return { messages: [{ runId: operation.to, message: newEvent() }], children: [child] };
  }
  if (operation.do !== "consume") return {};
  const [first] = await model.readInbox(operation.run);
  return { consumed: first === undefined ? [] : [first.message.messageId] };
}

async function everythingIn(store: DurableStore): Promise<unknown> {
  const { items } = await store.list();
  return Promise.all(
    items.map(async ({ run, head }) => ({
      run,
      inboxSeq: head.inboxSeq,
      inboxSize: head.inboxSize,
      commitId: head.commitId,
      records: await store.records(run.runId),
      texts: await store.recordTexts(run.runId),
      inbox: await store.readInbox(run.runId),
      children: (await store.listChildren(run.runId)).items.map((child) => child.run),
    })),
  );
}

/** A FileStore that is closed and opened again, and that can crash: a copy of its folder goes on in its place. */
class Reopened {
  store: FileStore;

  private constructor(store: FileStore) {
    this.store = store;
  }

  static async open(): Promise<Reopened> {
    return new Reopened(await FileStore.open(await freshFolder(), { clock: sampleClock }));
  }

  /** @returns what verification finds in the closed folder. */
  async close(): Promise<readonly unknown[]> {
    const { dir } = this.store;
    await this.store.close();
    const { problems } = await verifyStore(dir);
    this.store = await FileStore.open(dir, { clock: sampleClock });
    return problems;
  }

  /** @returns what recovery could not read. */
  async crash(): Promise<readonly unknown[]> {
    const copy = await freshFolder();
    await cp(this.store.dir, copy, { recursive: true });
    await rm(join(copy, ".abstractruntime.lock"));
    await this.store.close();
    this.store = await FileStore.open(copy, { clock: sampleClock });
    return this.store.report().damaged;
  }
}

it(
  "holds what a store in memory holds, however often it is closed or crashes",
  () =>
    fc.assert(
      fc.asyncProperty(fc.array(anyOperation, { maxLength: 25 }), async (operations) => {
        const model = new MemoryStore({ clock: { ...sampleClock, sleep: never, schedule: never } });
        const files = await Reopened.open();
        for (const operation of operations) {
          const [expected, found] =
            operation.do === "close" || operation.do === "crash"
              ? [[], await files[operation.do]()]
              : await onBoth(operation, model, files.store);
          expect(found).toEqual(expected);
          expect(await everythingIn(files.store)).toEqual(await everythingIn(model));
        }
        for (const { run } of (await files.store.list()).items)
          expect(foldRun(await files.store.records(run.runId))).toEqual(run);
        await files.store.close();
      }),
      { numRuns: 60 },
    ),
  60_000,
);

function never(): never {
  throw new Error("nothing waits here");
}
