import {
  AbstractRuntimeError,
  canonicalJson,
  Fields,
  isAbstractRuntimeError,
  type JsonObject,
} from "@abstractruntime/core/store";

/** What every file of evidence begins with, and the only version of the format so far. */
const evidenceFormat = "abstractruntime-evidence";
const evidenceVersion = 1;

/** The first line. */
export interface EvidenceHeader {
  readonly rootRunId: string;
  readonly runs: number;
  /** ISO 8601 UTC. */
  readonly exportedAt: string;
}

/** The line before a run's ledger: what its store says of it. */
export interface RunLine {
  readonly runId: string;
  readonly parentRunId: string | null;
  readonly workflowId: string;
  readonly workflowVersion: string | null;
  readonly graphHash: string | null;
  readonly status: string;
  readonly revision: number;
  /** How many records its ledger has. */
  readonly seq: number;
  /** Hash of the last one, as the run's head has it. */
  readonly ledgerHead: string | null;
}

/** An artifact that a run's ledger names, or that the run has put. */
export interface ArtifactLine {
  readonly runId: string;
  readonly artifactId: string;
  readonly contentType: string;
  readonly sizeBytes: number;
  /** Of its content, 64 hex digits. */
  readonly sha256: string;
}

/** What was counted between header and end. */
export interface EvidenceCounts {
  keys: number;
  runs: number;
  records: number;
  artifacts: number;
}

export function noCounts(): EvidenceCounts {
  return { keys: 0, runs: 0, records: 0, artifacts: 0 };
}

/** Every line but those of ledgers begins so: no record does. */
const mark = '{"@":"';

export function isOwnLine(text: string): boolean {
  return text.startsWith(mark);
}

/**
 * The members of a line that is no record.
 *
 * @throws store_corrupt
 */
export function ownFields(text: string, line: number): Fields {
  return new Fields(parseJson(text), `line ${line}`);
}

/** What is not JSON is nothing, and refused as such. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

export function headerLine({ rootRunId, runs, exportedAt }: EvidenceHeader): string {
  return canonicalJson({
    "@": evidenceFormat,
    version: evidenceVersion,
    root_run_id: rootRunId,
    runs,
    exported_at: exportedAt,
  });
}

/** @throws evidence_invalid it is no evidence, or of a version that is not known here */
export function readHeader(text: string): EvidenceHeader {
  if (!isOwnLine(text)) throw invalid("it is no evidence");
  try {
    return readHeaderFields(ownFields(text, 1));
  } catch (error) {
    if (isAbstractRuntimeError(error, "store_corrupt")) throw invalid(error.message);
    throw error;
  }
}

function readHeaderFields(fields: Fields): EvidenceHeader {
  if (fields.value("@") !== evidenceFormat) throw invalid("it is no evidence");
  const version = fields.value("version");
  if (version !== evidenceVersion)
    throw invalid(
      `it is of version ${JSON.stringify(version)}, and this package reads ${evidenceVersion}`,
    );
  return {
    rootRunId: fields.text("root_run_id"),
    runs: fields.count("runs", 1),
    exportedAt: fields.instant("exported_at"),
  };
}

export function keyLine(key: JsonObject): string {
  return canonicalJson({ "@": "key", key });
}

export function runLine(run: RunLine): string {
  return canonicalJson({
    "@": "run",
    run_id: run.runId,
    parent_run_id: run.parentRunId,
    workflow_id: run.workflowId,
    workflow_version: run.workflowVersion,
    graph_hash: run.graphHash,
    status: run.status,
    revision: run.revision,
    seq: run.seq,
    ledger_head: run.ledgerHead,
  });
}

/** @throws store_corrupt */
export function readRunLine(fields: Fields): RunLine {
  return {
    runId: fields.text("run_id"),
    parentRunId: fields.textOrNull("parent_run_id"),
    workflowId: fields.text("workflow_id"),
    workflowVersion: fields.textOrNull("workflow_version"),
    graphHash: fields.textOrNull("graph_hash"),
    status: fields.text("status"),
    revision: fields.count("revision"),
    seq: fields.count("seq"),
    ledgerHead: fields.textOrNull("ledger_head"),
  };
}

export function artifactLine(artifact: ArtifactLine): string {
  return canonicalJson({
    "@": "artifact",
    run_id: artifact.runId,
    artifact_id: artifact.artifactId,
    content_type: artifact.contentType,
    size_bytes: artifact.sizeBytes,
    sha256: artifact.sha256,
  });
}

/** @throws store_corrupt */
export function readArtifactLine(fields: Fields): ArtifactLine {
  return {
    runId: fields.text("run_id"),
    artifactId: fields.text("artifact_id"),
    contentType: fields.text("content_type"),
    sizeBytes: fields.count("size_bytes"),
    sha256: fields.text("sha256"),
  };
}

/** The last line. `sha256` is that of all bytes before it. */
export function endLine(counts: EvidenceCounts, sha256: string): string {
  return canonicalJson({ "@": "end", ...counts, sha256 });
}

export function invalid(what: string): AbstractRuntimeError {
  return new AbstractRuntimeError("evidence_invalid", `evidence: ${what}`);
}
