import { isEnded, noneNamed, noteNamed, type RunState } from "@abstractruntime/core/store";
import type { TrustStore } from "../keys/trust-store.ts";
import { SignatureCheck } from "../sign/signature-check.ts";
import type { SignatureReport } from "../sign/signature-report.ts";
import type { LedgerReport } from "../verify/ledger-report.ts";
import { LedgerVerifier } from "../verify/ledger-verifier.ts";
import { compareHeads, type WitnessReport } from "../witness/compare-heads.ts";
import type { Witness } from "../witness/witness.ts";
import type { ArtifactLine, RunLine } from "./evidence-lines.ts";
import type { FileLine } from "./evidence-reader.ts";
import type { ArtifactEvidence, FileProblem, KeyBasis, RunEvidence } from "./evidence-report.ts";

export interface CheckOptions {
  readonly trust: TrustStore;
  readonly keyBasis: KeyBasis;
  readonly witness: Pick<Witness, "list"> | undefined;
}

/** Checks one run of a file: its line, its ledger and its artifacts. */
export class RunCheck {
  readonly #run: RunLine;
  readonly #line: number;
  readonly #options: CheckOptions;
  readonly #verifier = new LedgerVerifier();
  readonly #signatures: SignatureCheck;
  readonly #named = noneNamed();
  readonly #artifacts: ArtifactLine[] = [];
  /** Of the file, for each record. */
  readonly #lines: number[] = [];
  readonly #hashes: string[] = [];
  readonly #problems: FileProblem[] = [];

  /** @param line of the file at which `run` stands */
  constructor(run: RunLine, line: number, options: CheckOptions) {
    this.#run = run;
    this.#line = line;
    this.#options = options;
    this.#signatures = new SignatureCheck(options.trust);
  }

  addRecord({ bytes, text, number }: FileLine): void {
    this.#verifier.add(bytes);
    // As in the chain, a blank line is no record.
    if (text.trim() === "") return;
    this.#lines.push(number);
    this.#hashes.push(this.#signatures.add(text)?.recordHash ?? "");
    noteNamed(text, this.#named);
  }

  addArtifact(artifact: ArtifactLine, line: number): void {
    this.#artifacts.push(artifact);
    if (artifact.runId !== this.#run.runId)
      this.#problems.push({ line, type: "facts_differ", what: "an artifact of another run" });
    else if (isOfContent(artifact.artifactId) && !isMadeOf(artifact))
      this.#problems.push({
        line,
        type: "artifact_differs",
        what: `artifact ${artifact.artifactId} has another content: its digest is ${artifact.sha256}`,
      });
  }

  async end(): Promise<{
    readonly evidence: RunEvidence;
    readonly problems: readonly FileProblem[];
  }> {
    const { keyBasis } = this.#options;
    const { runId, seq: count, ledgerHead: headHash } = this.#run;
    const { run: state, ...ledger } = this.#verifier.end({ head: { runId, count, headHash } });
    // What a damaged ledger makes of the run says nothing.
    if (ledger.ok && state !== null) this.#compareFacts(state);
    const wholeCount = ledger.chain.firstBadIndex ?? Infinity;
    const signatures = this.#signatures.end(wholeCount);
    const missingSeal = keyBasis === "trusted" ? missingSealOf(signatures, state) : null;
    const witness = await this.#askWitness(wholeCount);
    const isChained = ledger.chain.chainedFrom !== null;
    const isSigned = keyBasis === "none" || (signatures.ok && missingSeal === null);
    const index = firstBadIndex(ledger, keyBasis === "none" ? null : signatures, witness);
    const evidence = {
      run: this.#run,
      ok: isChained && ledger.ok && isSigned && witness?.ok !== false,
      firstBad: index === null ? null : { index, line: this.#lineOf(index) },
      ledger,
      signatures,
      missingSeal,
      witness,
      artifacts: this.#artifacts.map((artifact) => this.#judge(artifact)),
    };
    return { evidence, problems: this.#problems };
  }

  /** What is missing at the end would stand behind the last line. */
  #lineOf(index: number): number {
    return this.#lines[index] ?? (this.#lines.at(-1) ?? this.#line) + 1;
  }

  async #askWitness(wholeCount: number): Promise<WitnessReport | null> {
    const { witness, trust, keyBasis } = this.#options;
    if (witness === undefined) return null;
    const kept = await witness.list(this.#run.runId);
    // Keys of the file are those of whoever made it: they must not decide which heads count.
    const judge = keyBasis === "trusted" ? trust : undefined;
    return compareHeads({ hashes: this.#hashes, wholeCount }, kept, judge);
  }

  #compareFacts(state: RunState): void {
    const facts = [
      "workflowId",
      "workflowVersion",
      "graphHash",
      "parentRunId",
      "status",
      "revision",
    ] as const;
    for (const fact of facts)
      if (this.#run[fact] !== state[fact])
        this.#problems.push({
          line: this.#line,
          type: "facts_differ",
          what: `${fact} of run ${this.#run.runId} is not what its ledger says`,
        });
  }

  #judge(artifact: ArtifactLine): ArtifactEvidence {
    const { referred, offloaded } = this.#named;
    const { artifactId } = artifact;
    const isNamed = isMadeOf(artifact) && (referred.has(artifactId) || offloaded.has(artifactId));
    return { ...artifact, isNamed };
  }
}

/** The first fault that stands at a record. */
function firstBadIndex(
  { chain, problems }: Omit<LedgerReport, "run">,
  signatures: SignatureReport | null,
  witness: WitnessReport | null,
): number | null {
  const seals = signatures?.seals.filter(({ status }) => status !== "valid") ?? [];
  const indexes = [
    ...(chain.firstBadIndex === null ? [] : [chain.firstBadIndex]),
    ...problems.flatMap((problem) => ("index" in problem ? [problem.index] : [])),
    ...seals.map(({ index }) => index),
    ...(signatures?.unsignedActors ?? []).map(({ firstIndex }) => firstIndex),
    ...(witness?.contradictions ?? []).map(({ head }) => head.seq - 1),
  ];
  return indexes.length === 0 ? null : indexes.reduce((one, other) => Math.min(one, other));
}

function missingSealOf(
  { seals, count }: SignatureReport,
  state: RunState | null,
): "any" | "end" | null {
  const last = seals.findLast(({ status }) => status === "valid");
  if (last === undefined) return "any";
  return last.index + 1 < count && state !== null && isEnded(state) ? "end" : null;
}

const idOfContent = /^[0-9a-f]{32}$/;

function isOfContent(artifactId: string): boolean {
  return idOfContent.test(artifactId);
}

function isMadeOf({ artifactId, sha256 }: ArtifactLine): boolean {
  return sha256.slice(0, 32) === artifactId;
}
