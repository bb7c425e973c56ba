import fc from "fast-check";
import { expect, it } from "vitest";
import { WakeQueue, type Wakeable } from "./wake-queue.ts";

const anyMove = fc.record({
  entry: fc.nat(20),
  wakeAt: fc.option(fc.nat(50), { nil: null }),
});

function compare(a: Wakeable, b: Wakeable): number {
  return (a.wakeAt ?? 0) - (b.wakeAt ?? 0) || (a.runId < b.runId ? -1 : 1);
}

it("has the earliest entry first, ties by run id, whatever was moved before", () => {
  fc.assert(
    fc.property(fc.array(anyMove, { maxLength: 200 }), (moves) => {
      const queue = new WakeQueue<Wakeable>();
      const entries = Array.from({ length: 21 }, (_, n): Wakeable => ({
        runId: `run-${String(n).padStart(2, "0")}`,
        wakeAt: null,
        queueIndex: -1,
      }));
      const expected = (): readonly Wakeable[] =>
        entries.filter(({ wakeAt }) => wakeAt !== null).toSorted(compare);
      for (const { entry, wakeAt } of moves) {
        const moved = entries[entry];
        if (moved !== undefined) queue.move(moved, wakeAt);
        expect(queue.first()).toBe(expected()[0]);
      }
      for (const entry of expected()) {
        expect(queue.first()).toBe(entry);
        queue.move(entry, null);
      }
      expect(queue.first()).toBe(undefined);
    }),
  );
});
