import { AbstractRuntimeError } from "@abstractruntime/core/store";
import type { Signer } from "./signer.ts";

/** Who signs for an actor (null: a run without one); `undefined`: nobody, and its records are refused. */
export type SignerOf = (actorId: string | null) => Signer | undefined;

/**
 * An actor's own signer, else the one without an actor.
 *
 * @throws invalid_argument none is given, or two sign for the same
 */
export function signerLookup(signers: Signer | readonly Signer[] | SignerOf): SignerOf {
  if (typeof signers === "function") return signers;
  const byActor = new Map<string | undefined, Signer>();
  for (const signer of [signers].flat() as readonly Signer[]) {
    if (byActor.has(signer.actorId))
      throw invalid(`two of them sign for ${signer.actorId ?? "every other actor"}`);
    byActor.set(signer.actorId, signer);
  }
  if (byActor.size === 0) throw invalid("give at least one");
  return (actorId) => byActor.get(actorId ?? undefined) ?? byActor.get(undefined);
}

function invalid(what: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_argument", `signers: ${what}`);
}
