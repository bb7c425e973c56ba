import {
  type Claimed,
  claimFilter,
  type ClaimRequest,
  formatInstant,
} from "@abstractruntime/core/store";
import { finishAllIntents } from "../journal/carry-out.ts";
import { loadUndamaged, type Rooms } from "../rooms.ts";

/** `DurableStore.claimDue`. The leases are in memory; the claims are noted on disk before anybody drives. */
export async function claimDue(rooms: Rooms, request: ClaimRequest): Promise<Claimed> {
  const { index, clock, claims } = rooms;
  await finishAllIntents(rooms);
  const passes = claimFilter(request);
  const now = clock.now();
  const entries = index.due(now, request.limit, (entry) => !entry.writing && passes(entry));
  for (const [at, entry] of entries.entries()) {
    const { owner, leaseMs } = request;
    index.hold(entry, { leaseId: request.leaseIds[at] ?? "", owner, leaseMs }, now);
    entry.claims += 1;
  }
  if (entries.length > 0) await claims.note(entries);
  const runs = await Promise.all(entries.map((entry) => loadUndamaged(rooms, entry)));
  return { now: formatInstant(now), runs: runs.filter((run) => run !== undefined) };
}
