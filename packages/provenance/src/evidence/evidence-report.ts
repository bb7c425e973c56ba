import type { SignatureReport } from "../sign/signature-report.ts";
import type { LedgerReport } from "../verify/ledger-report.ts";
import type { WitnessReport } from "../witness/compare-heads.ts";
import type { ArtifactLine, EvidenceHeader, RunLine } from "./evidence-lines.ts";

/** A fault of the file beside those of its ledgers. */
export interface FileProblem {
  /** Of the file, from 1. What is missing is missing at this line. */
  readonly line: number;
  readonly type:
    /** It is neither a record nor anything else that belongs there. */
    | "unreadable_line"
    /** What the line says of the run is not what the run's ledger says. */
    | "facts_differ"
    /** The id of an artifact is made of another content than the one that was digested. */
    | "artifact_differs"
    /** The file ends before its end. */
    | "cut_off"
    /** Its counts or its digest are not those of the lines before: it is not as it was exported. */
    | "not_as_exported";
  /** In plain words, for people. */
  readonly what: string;
}

/** Where the keys come from that signatures are checked with. */
export type KeyBasis =
  /** From whoever verifies. */
  | "trusted"
  /** From the file itself: they show that these keys signed, and not whose they are. */
  | "file"
  /** There are none. */
  | "none";

/** A place in a run's ledger, and in the file. */
export interface Place {
  /** Of the record, from 0. */
  readonly index: number;
  /** Of the file, from 1. */
  readonly line: number;
}

/** An artifact, and whether the ledger shows that its content is the one that the run worked with. */
export interface ArtifactEvidence extends ArtifactLine {
  /** Its id is made of its content, and a record names it. */
  readonly isNamed: boolean;
}

/** What a file shows of one run. */
export interface RunEvidence {
  readonly run: RunLine;
  readonly ok: boolean;
  /** Where the lowest fault is. */
  readonly firstBad: Place | null;
  readonly ledger: Omit<LedgerReport, "run">;
  readonly signatures: SignatureReport;
  /** What should be sealed by a trusted key and is not: any of its records, or its end. Null where no keys were given. */
  readonly missingSeal: "any" | "end" | null;
  /** Null when no witness was asked. */
  readonly witness: WitnessReport | null;
  readonly artifacts: readonly ArtifactEvidence[];
}

/** What a file of evidence shows. */
export interface EvidenceReport {
  /**
   * Nothing contradicts: chains, heads, signatures, witness and the file itself; and where keys were given, each run is sealed
   * by one of them. `explainEvidence` says what that proves and what not.
   */
  readonly ok: boolean;
  readonly header: EvidenceHeader;
  readonly keyBasis: KeyBasis;
  readonly runs: readonly RunEvidence[];
  readonly fileProblems: readonly FileProblem[];
  /** The lowest line of the file that is wrong. */
  readonly firstBadLine: number | null;
}
