import {
  type Claimed,
  claimFilter,
  type ClaimRequest,
  formatInstant,
} from "@abstractruntime/core/store";
import { finishAllIntents } from "../journal/carry-out.ts";
import type { RunEntry } from "../index/run-entry.ts";
import { loadUndamaged, type Rooms } from "../rooms.ts";
import { tellOfJoin } from "./deliver-message.ts";

/** `DurableStore.claimDue`. The leases are in memory; the claims are noted on disk before anybody drives. */
export async function claimDue(rooms: Rooms, request: ClaimRequest): Promise<Claimed> {
  const { index, clock, claims } = rooms;
  await finishAllIntents(rooms);
  const passes = claimFilter(request);
  const now = clock.now();
  const { runIds, limit } = request;
  const isFree = (entry: RunEntry): boolean => !entry.writing && passes(entry);
  const { due: entries, nextWakeAt } =
    runIds === undefined
      ? index.due(now, limit, isFree)
      : index.dueAmong(runIds, now, limit, isFree);
  for (const [at, entry] of entries.entries()) {
    const { owner, leaseMs } = request;
    index.hold(entry, { leaseId: request.leaseIds[at] ?? "", owner, leaseMs }, now);
    entry.claims += 1;
  }
  if (entries.length > 0) await claims.note(entries);
  for (const entry of entries) if (entry.run.waiting?.isJoin === true) await catchUp(rooms, entry);
  const runs = await Promise.all(entries.map((entry) => loadUndamaged(rooms, entry)));
  return {
    now: formatInstant(now),
    runs: runs.filter((run) => run !== undefined),
    nextWakeAt: nextWakeAt === null ? null : formatInstant(nextWakeAt),
  };
}

/** A crash may have come between a run's children and the message that tells of them. */
async function catchUp(rooms: Rooms, entry: RunEntry): Promise<void> {
  if ((await loadUndamaged(rooms, entry)) === undefined) return;
  await rooms.turns.in(entry.runId, async () => {
    await tellOfJoin(rooms, entry, await rooms.live.load(entry));
  });
}
