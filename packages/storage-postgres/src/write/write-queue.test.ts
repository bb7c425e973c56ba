import { setImmediate } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Touched } from "./footprint.ts";
import { type BatchOutcome, type QueuedWrite, WriteQueue } from "./write-queue.ts";

interface Write extends QueuedWrite<string> {
  readonly name: string;
}

/** A batch on its way, until the test ends it. */
interface Flight {
  readonly names: readonly string[];
  readonly writes: readonly Write[];
  end(outcomes?: readonly BatchOutcome<string>[]): Promise<void>;
}

function write(name: string, fields: Partial<Write> = {}): Write {
  return { kind: "commit", name, writes: [name], sends: [], ...fields };
}

function newQueue(options: { lanes?: number; maxBatch?: number } = {}) {
  const flights: Flight[] = [];
  const queue = new WriteQueue<string, Write, string>({
    lanes: options.lanes ?? 1,
    maxBatch: options.maxBatch ?? 500,
    send: (writes) => {
      const { promise, resolve } = Promise.withResolvers<readonly BatchOutcome<string>[]>();
      const names = writes.map(({ name }) => name);
      const end: Flight["end"] = async (outcomes) => {
        resolve(outcomes ?? names.map((name) => ({ result: `${name} written` })));
        await turn();
      };
      flights.push({ names, writes, end });
      return promise;
    },
  });
  return { queue, flights };
}

/** Until this turn of the event loop and the next are over. */
async function turn(): Promise<void> {
  await setImmediate();
  await setImmediate();
}

/** The batches that went out, while each of them lasts until nothing else moves. */
async function batchesOf(writes: readonly Write[], options = {}): Promise<readonly string[][]> {
  const { queue, flights } = newQueue(options);
  const done = Promise.all(writes.map((one) => queue.add(one)));
  await turn();
  for (let next = 0; next < flights.length; next += 1) await flights[next]?.end();
  await done;
  return flights.map(({ names }) => [...names]);
}

describe("WriteQueue", () => {
  it("sends what an idle lane is given at once, without any timer", async () => {
    const { queue, flights } = newQueue();
    void queue.add(write("a"));
    await Promise.resolve();
    await Promise.resolve();
    expect(flights.map(({ names }) => names)).toEqual([["a"]]);
  });

  it("takes writes of one turn together, and gathers the next batch while one is under way", async () => {
    const { queue, flights } = newQueue();
    const given = ["a", "b"].map((name) => queue.add(write(name)));
    await turn();
    given.push(...["c", "d"].map((name) => queue.add(write(name))));
    await turn();
    expect(flights.map(({ names }) => names)).toEqual([["a", "b"]]);
    await flights[0]?.end();
    expect(flights[1]?.names).toEqual(["c", "d"]);
    await flights[1]?.end();
    const written = ["a", "b", "c", "d"].map((name) => `${name} written`);
    expect(await Promise.all(given)).toEqual(written);
  });

  it("shares what comes at once among its lanes", async () => {
    const writes = ["a", "b", "c", "d", "e"].map((name) => write(name));
    const { queue, flights } = newQueue({ lanes: 2 });
    for (const one of writes) void queue.add(one);
    await turn();
    expect(flights.map(({ names }) => names)).toEqual([
      ["a", "b", "c"],
      ["d", "e"],
    ]);
  });

  it("has no more batches under way than lanes", async () => {
    const { queue, flights } = newQueue({ lanes: 2 });
    for (const name of ["a", "b", "c"]) {
      void queue.add(write(name));
      await turn();
    }
    expect(flights.map(({ names }) => names)).toEqual([["a"], ["b"]]);
    await flights[1]?.end();
    expect(flights[2]?.names).toEqual(["c"]);
  });

  it("has no more writes in a batch than it may", async () => {
    const writes = ["a", "b", "c", "d", "e"].map((name) => write(name));
    expect(await batchesOf(writes, { maxBatch: 2 })).toEqual([["a", "b"], ["c", "d"], ["e"]]);
  });

  it("sends no two kinds together, and lets those of one kind overtake", async () => {
    const writes = [write("a"), write("b", { kind: "create" }), write("c")];
    expect(await batchesOf(writes)).toEqual([["a", "c"], ["b"]]);
  });

  it.each<[string, Touched, Touched, boolean]>([
    ["write different runs", { writes: ["x"], sends: [] }, { writes: ["y"], sends: [] }, true],
    ["write one run", { writes: ["x"], sends: [] }, { writes: ["x"], sends: [] }, false],
    ["write and send", { writes: ["x"], sends: [] }, { writes: ["y"], sends: ["x"] }, false],
    ["send and write", { writes: ["y"], sends: ["x"] }, { writes: ["x"], sends: [] }, false],
    ["send to one run", { writes: ["y"], sends: ["x"] }, { writes: ["z"], sends: ["x"] }, true],
  ])("knows whether two may go along that %s", async (_what, one, two, together) => {
    const writes = [write("1", one), write("2", two)];
    expect(await batchesOf(writes)).toEqual(together ? [["1", "2"]] : [["1"], ["2"]]);
    const { queue, flights } = newQueue({ lanes: 2 });
    void queue.add(write("1", one));
    await turn();
    void queue.add(write("2", two));
    await turn();
    expect(flights.map(({ names }) => names)).toEqual(together ? [["1"], ["2"]] : [["1"]]);
    await flights[0]?.end();
    expect(flights[1]?.names).toEqual(["2"]);
  });

  it("gives each write its own outcome, and goes on after an error", async () => {
    const { queue, flights } = newQueue();
    const given = ["a", "b"].map((name) => queue.add(write(name)));
    await turn();
    const ends = Promise.allSettled(given);
    await flights[0]?.end([{ error: "refused" }, { result: "done" }]);
    expect(await ends).toEqual([
      { status: "rejected", reason: "refused" },
      { status: "fulfilled", value: "done" },
    ]);
    void queue.add(write("a"));
    await turn();
    expect(flights.length).toBe(2);
  });

  it("never lets two writers of one run be under way, and keeps their order", () =>
    fc.assert(fc.asyncProperty(fc.array(anyTouched, { maxLength: 40 }), anySizes, anyPicks, runs), {
      numRuns: 300,
    }));
});

const anyRun = fc.constantFrom("p", "q", "r", "s");
const anyTouched = fc.record({
  writes: fc.uniqueArray(anyRun, { minLength: 1, maxLength: 2 }),
  sends: fc.uniqueArray(anyRun, { maxLength: 2 }),
  kind: fc.constantFrom("commit", "create"),
});
const anySizes = fc.record({
  lanes: fc.integer({ min: 1, max: 3 }),
  maxBatch: fc.integer({ min: 1, max: 5 }),
});
const anyPicks = fc.infiniteStream(fc.nat());

async function runs(
  touched: readonly Omit<Write, "name">[],
  sizes: { lanes: number; maxBatch: number },
  picks: IterableIterator<number>,
): Promise<void> {
  const { queue, flights } = newQueue(sizes);
  const begun: Write[] = [];
  const under: Flight[] = [];
  let seen = 0;
  const look = (): void => {
    for (const flight of flights.slice(seen)) {
      const others = under.flatMap(({ writes }) => writes);
      for (const [index, one] of flight.writes.entries()) {
        const beside = [...others, ...flight.writes.slice(index + 1)];
        expect(beside.filter((other) => meet(one, other))).toEqual([]);
      }
      expect(flight.writes.length).toBeLessThanOrEqual(sizes.maxBatch);
      expect(new Set(flight.writes.map(({ kind }) => kind)).size).toBe(1);
      begun.push(...flight.writes);
      under.push(flight);
    }
    seen = flights.length;
    expect(under.length).toBeLessThanOrEqual(sizes.lanes);
  };
  const given = touched.map((one, index) => ({ ...one, name: String(index) }));
  const results: Promise<string>[] = [];
  for (const one of given) {
    results.push(queue.add(one));
    if (picks.next().value % 2 === 0) await turn();
    look();
  }
  await turn();
  look();
  while (under.length > 0) {
    const [flight] = under.splice(picks.next().value % under.length, 1);
    await flight?.end();
    look();
  }
  expect(await Promise.all(results)).toEqual(given.map(({ name }) => `${name} written`));
  const overtaken = begun.filter((later, index) =>
    begun.slice(index).some((one) => meet(one, later) && Number(one.name) < Number(later.name)),
  );
  expect(overtaken).toEqual([]);
}

/** Whether one writes a run that the other touches. */
function meet(one: Touched, other: Touched): boolean {
  const touches = ({ writes, sends }: Touched): readonly string[] => [...writes, ...sends];
  return (
    one.writes.some((runId) => touches(other).includes(runId)) ||
    other.writes.some((runId) => touches(one).includes(runId))
  );
}
