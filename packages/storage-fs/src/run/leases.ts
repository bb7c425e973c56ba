import { assertLease, assertRead } from "@abstractruntime/core/store";
import { entryIn, type Rooms } from "../rooms.ts";

/** `DurableStore.renew`. Leases are in memory: nothing is written. */
export function renewLeases(
  { index, clock }: Rooms,
  leases: readonly { readonly runId: string; readonly leaseId: string }[],
  leaseMs: number,
): ReadonlyMap<string, number> {
  const until = clock.now() + leaseMs;
  const held = new Map<string, number>();
  for (const { runId, leaseId } of leases) {
    const entry = index.get(runId);
    if (entry?.leaseId !== leaseId) continue;
    index.renew(entry, until);
    held.set(runId, entry.inboxSeq);
  }
  return held;
}

/** `DurableStore.giveBack`. What is being written to the run is waited for, a delivery for instance. */
export async function giveBackRun(
  rooms: Rooms,
  back: {
    readonly runId: string;
    readonly leaseId: string;
    readonly inboxSeq: number;
    readonly wakeAt: string | null;
  },
): Promise<void> {
  await rooms.turns.in(back.runId, async () => {
    const entry = entryIn(rooms, back.runId);
    assertLease(entry, back.runId, back.leaseId);
    assertRead(entry, back.inboxSeq);
    const wasClaimed = entry.claims > 0;
    entry.claims = 0;
    rooms.index.free(entry, back.wakeAt);
    if (wasClaimed) await rooms.claims.note([entry]);
  });
}
