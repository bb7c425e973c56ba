import type { SealStatus } from "../keys/trust-store.ts";
import type { CheckedSeal } from "../sign/signature-report.ts";
import type { ChainError } from "../verify/chain-report.ts";
import { explainProblem } from "../verify/ledger-problem.ts";
import type { Contradiction } from "../witness/compare-heads.ts";
import type { KeyBasis, RunEvidence } from "./evidence-report.ts";
import { count } from "./count.ts";

/** Of each kind so many are told; then how many more there are. */
const shown = 5;

/** What is wrong with a run, in plain words. */
export function explainFaults(evidence: RunEvidence, keyBasis: KeyBasis): readonly string[] {
  const { firstBad, ledger, signatures, missingSeal, witness } = evidence;
  const seals = signatures.seals.filter(({ status }) => status !== "valid");
  const faults = [
    ...first(ledger.chain.errors.map(explainError)),
    ...first(ledger.problems.map(explainProblem)),
    ...(ledger.chain.chainedFrom === null ? ["no record has a hash"] : []),
    ...(keyBasis === "none" ? [] : first(seals.map(explainSeal))),
    ...(keyBasis === "none" ? [] : signatures.unsignedActors).map(
      ({ actorId, count: records, firstIndex, lastIndex }) =>
        `${count(records, "record")} from ${firstIndex + 1} to ${lastIndex + 1} name actor ${actorId}, and no key of ${actorId} signed them`,
    ),
    ...(missingSeal === "any" ? ["no key that you trust has signed any of it"] : []),
    ...(missingSeal === "end"
      ? ["the run has ended, and no key that you trust has signed its end"]
      : []),
    ...first((witness?.contradictions ?? []).map(explainContradiction)),
  ];
  if (firstBad === null || faults.length === 0) return faults;
  return [
    `the first fault is at record ${firstBad.index + 1}, line ${firstBad.line} of the file`,
    ...faults,
  ];
}

function first(texts: readonly string[]): readonly string[] {
  if (texts.length <= shown) return texts;
  return [...texts.slice(0, shown), `and ${texts.length - shown} more of the kind`];
}

function explainError(error: ChainError): string {
  const record = `record ${error.index + 1}`;
  switch (error.type) {
    case "prev_hash_mismatch":
      return `${record} does not follow the one before it: one of them was removed, added, moved or replaced`;
    case "missing_record_hash":
      return `${record} has no hash`;
    case "record_hash_mismatch":
      return `${record} was changed: its content is not what was hashed`;
    case "not_canonical":
      return `${record} says the same in other words than were written`;
    case "malformed_record":
      return `${record} is no record: ${error.reason}`;
    default:
      return error satisfies never;
  }
}

const reasons: Readonly<Record<Exclude<SealStatus, "valid"> | "malformed", string>> = {
  malformed: "is no seal",
  unknown_key: "is by a key that is not among the trusted ones",
  bad_signature: "does not fit: the record, the time or the seal is another than was signed",
  wrong_actor: "is by a key that does not sign for the actor that the record names",
  revoked: "was given when its key had been revoked",
  outside_validity: "was given before or after its key was valid",
};

function explainSeal({ index, status, head }: CheckedSeal): string {
  const by = head === null ? "" : `, by key ${head.keyId} at ${head.time},`;
  return `the seal of record ${index + 1}${by} ${status === "valid" ? "" : reasons[status]}`;
}

function explainContradiction({ type, head: { seq, time } }: Contradiction): string {
  return type === "missing"
    ? `the witness has seen record ${seq}, sealed at ${time}, and it is missing`
    : `the witness has seen another record ${seq}, sealed at ${time}: the history was rewritten since`;
}
