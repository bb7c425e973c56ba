import { AbstractRuntimeError, type Logger } from "@abstractruntime/core";
import { VirtualClock } from "@abstractruntime/testkit";
import { describe, expect, it, vi } from "vitest";
import { MemoryWitness, newHead } from "../../test/support/heads.ts";
import { HeadFeed } from "./head-feed.ts";

function world(options: { readonly maxQueued?: number } = {}) {
  const clock = new VirtualClock();
  const witness = new MemoryWitness();
  const logged: string[] = [];
  const note = (event: string) => logged.push(event);
  const logger: Logger = { debug: note, info: note, warn: note, error: note };
  return { clock, witness, logged, feed: new HeadFeed({ witness, clock, logger, ...options }) };
}

const away = new AbstractRuntimeError("witness_unavailable", "witness: it can't be reached");
const seqs = (witness: MemoryWitness) => witness.heads.map(({ seq }) => seq);

describe("HeadFeed", () => {
  it("hands heads out in order without being asked", async () => {
    const { feed, witness } = world();
    for (const seq of [1, 2, 3]) feed.offer(newHead({ seq }));
    await vi.waitFor(() => expect(seqs(witness)).toEqual([1, 2, 3]));
    expect(feed.lag).toEqual({ heads: 0, ms: 0, dropped: 0 });
  });

  it("says how many wait, and how long the first has", async () => {
    const { feed, witness, clock } = world();
    const gate = Promise.withResolvers<void>();
    witness.gate = gate.promise;
    feed.offer(newHead({ seq: 1 }));
    await clock.advance(1_500);
    feed.offer(newHead({ seq: 2 }));
    await clock.advance(500);
    expect(feed.lag).toEqual({ heads: 2, ms: 2_000, dropped: 0 });
    gate.resolve();
    await feed.flush();
    expect(feed.lag.heads).toBe(0);
  });

  it("tries again later when the witness fails, ever more seldom, and loses nothing", async () => {
    const { feed, witness, clock, logged } = world();
    witness.failure = away;
    for (const seq of [1, 2]) feed.offer(newHead({ seq }));
    await vi.waitFor(() => expect(logged).toEqual(["witness.failed"]));
    await clock.advance(999);
    expect(witness.calls).toBe(1);
    await clock.advance(1);
    expect(witness.calls).toBe(2);
    await clock.advance(1_999);
    expect(witness.calls).toBe(2);
    await clock.advance(1);
    expect(witness.calls).toBe(3);
    witness.failure = null;
    await clock.advance(4_000);
    expect(seqs(witness)).toEqual([1, 2]);
    expect(clock.timers).toBe(0);
  });

  it("does not ask a failing witness for every head that comes", async () => {
    const { feed, witness, logged } = world();
    witness.failure = away;
    feed.offer(newHead({ seq: 1 }));
    await vi.waitFor(() => expect(logged).toHaveLength(1));
    for (const seq of [2, 3, 4]) feed.offer(newHead({ seq }));
    expect(witness.calls).toBe(1);
  });

  it("flushes at once, and tells whoever waits that the witness fails", async () => {
    const { feed, witness } = world();
    witness.failure = away;
    feed.offer(newHead({ seq: 1 }));
    await expect(feed.flush()).rejects.toBe(away);
    expect(feed.lag.heads).toBe(1);
    witness.failure = null;
    await feed.flush();
    expect(seqs(witness)).toEqual([1]);
  });

  it("drops the oldest when too many wait, and says so", async () => {
    const { feed, witness, logged } = world({ maxQueued: 2 });
    witness.failure = away;
    for (const seq of [1, 2, 3, 4]) feed.offer(newHead({ seq }));
    expect(feed.lag).toMatchObject({ heads: 2, dropped: 2 });
    expect(logged).toContain("witness.heads_dropped");
    witness.failure = null;
    // The one that was under way is out, though it had been dropped from the line.
    await vi.waitFor(() => expect(feed.lag.heads).toBeLessThan(2));
    await feed.flush();
    expect(seqs(witness)).toEqual([1, 3, 4]);
  });

  it("asks for nothing any more once it is closed", async () => {
    const { feed, witness, clock } = world();
    witness.failure = away;
    feed.offer(newHead({ seq: 1 }));
    await expect(feed.flush()).rejects.toBe(away);
    await feed.close();
    await feed.close();
    expect(clock.timers).toBe(0);
    feed.offer(newHead({ seq: 2 }));
    await expect(feed.flush()).rejects.toThrow(/abort/i);
    expect(witness.calls).toBe(1);
  });
});
