/** Records that name an actor. */
export interface ActorClaims {
  readonly actorId: string;
  readonly count: number;
  /** Of the first and the last of them, from 0. */
  readonly firstIndex: number;
  readonly lastIndex: number;
}

/**
 * The records that name an actor and that no key of the actor's signed, though somebody has signed them since.
 *
 * @param claims indexes of the records that name each actor with keys of its own, in order
 * @param signedCounts how many of the first records an actor's keys have signed
 * @param sealedCount how many anybody has
 */
export function unsignedActors(
  claims: ReadonlyMap<string, readonly number[]>,
  signedCounts: ReadonlyMap<string, number>,
  sealedCount: number,
): readonly ActorClaims[] {
  return [...claims].flatMap(([actorId, indexes]) => {
    const signedCount = signedCounts.get(actorId) ?? 0;
    const open = indexes.filter((index) => index >= signedCount && index < sealedCount);
    const [firstIndex, lastIndex] = [open[0], open.at(-1)];
    if (firstIndex === undefined || lastIndex === undefined) return [];
    return [{ actorId, count: open.length, firstIndex, lastIndex }];
  });
}
