import type { SealedHead } from "../sign/seal.ts";
import type { KeyBasis, RunEvidence } from "./evidence-report.ts";
import { count } from "./count.ts";

/** What is proven of a run, in plain words. */
export function explainProofs(evidence: RunEvidence, keyBasis: KeyBasis): readonly string[] {
  const { ledger, signatures, witness, artifacts } = evidence;
  const { firstBadIndex, chainedFrom } = ledger.chain;
  const proofs: string[] = [];
  const whole = firstBadIndex ?? ledger.chain.count;
  const from = chainedFrom ?? 0;
  if (chainedFrom !== null && whole > from)
    proofs.push(`${records(from, whole)} follow each other, each as it was hashed`);
  const sealed = signatures.latest?.head ?? null;
  if (sealed !== null && keyBasis === "trusted")
    proofs.push(
      `${records(from, signatures.sealedCount)} are as they were when ${signerOf(sealed)}`,
    );
  if (witness !== null && witness.witnessedCount > from)
    proofs.push(
      `${records(from, witness.witnessedCount)} are as they were when the witness was told, sealed at ${witness.witnessedAt}`,
    );
  const named = artifacts.filter(({ isNamed }) => isNamed).length;
  if (named > 0) proofs.push(`of ${count(named, "artifact")}, the content that a record names`);
  return proofs;
}

/** What is not proven of a run, in plain words. */
export function explainLimits(evidence: RunEvidence, keyBasis: KeyBasis): readonly string[] {
  const { ledger, signatures, witness, artifacts } = evidence;
  const { chainedFrom, count: all } = ledger.chain;
  const sealed = signatures.latest?.head ?? null;
  return [
    ...(chainedFrom !== null && chainedFrom > 0
      ? [`${records(0, chainedFrom)} are older than the chain: anybody may have changed them`]
      : []),
    ...sealLimits(evidence, keyBasis),
    ...(sealed !== null && keyBasis === "file"
      ? [
          `${records(0, signatures.sealedCount)} fit the signature when ${signerOf(sealed)}, but that key came with the file: compare it with one that you have from elsewhere`,
        ]
      : []),
    ...(witness === null
      ? [
          "no witness was asked: whoever holds the keys could have written and signed another history",
        ]
      : []),
    ...(witness !== null && witness.witnessedCount < all
      ? [`${records(witness.witnessedCount, all)} are not known to the witness`]
      : []),
    ...(artifacts.some(({ isNamed }) => !isNamed)
      ? ["the digests of other artifacts: no record names their content"]
      : []),
  ];
}

function sealLimits({ signatures, ledger }: RunEvidence, keyBasis: KeyBasis): readonly string[] {
  const { sealedCount, unsealedCount, latest, seals } = signatures;
  const rest = records(sealedCount, ledger.chain.count);
  const isAfterFault = seals.some(
    ({ status, index }) => status === "valid" && index >= sealedCount,
  );
  const limits: string[] = [];
  if (keyBasis === "none")
    limits.push(
      "who wrote it, and whether it was hashed anew: no public key was given, so no signature was checked",
    );
  else if (isAfterFault)
    limits.push(
      `${rest} have their seals after the first fault, where they prove nothing before them`,
    );
  else if (unsealedCount > 0)
    limits.push(
      `${rest} are not sealed: whoever had the file could have changed them, and hashed them anew`,
    );
  if (latest?.predatesCompromise === true)
    limits.push(
      `key ${latest.head?.keyId} was compromised later, and whoever has it can date a seal back: only a witness shows that this one is older`,
    );
  return limits;
}

function records(from: number, to: number): string {
  return to - from === 1 ? `record ${to}` : `records ${from + 1} to ${to}`;
}

function signerOf({ keyId, time, actorId }: SealedHead): string {
  return `key ${keyId} signed at ${time}${actorId === null ? "" : ` for actor ${actorId}`}`;
}
