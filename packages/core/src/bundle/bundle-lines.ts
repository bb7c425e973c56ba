import type { Fields } from "../codec/fields.ts";
import { statuses } from "../codec/run-codec.ts";
import { canonicalJson } from "../json/canonical-json.ts";
import type { JsonObject } from "../json/json-value.ts";
import type { RunState } from "../run/run-state.ts";

/** What every bundle begins with, and the only version of the format so far. */
const bundleFormat = "abstractruntime-bundle";
const bundleVersion = 1;

/** The first line. */
export interface BundleHeader {
  readonly rootRunId: string;
  readonly runs: number;
  /** ISO 8601 UTC. */
  readonly exportedAt: string;
  /** Whether markers in the ledgers stand for content that is in the artifacts. */
  readonly offloads: boolean;
  /** What made other texts of the values in the ledgers: `seals` of the store. */
  readonly seals: readonly string[];
}

/** The line before a run's ledger. Its facts are for people to read, and to be compared with the state. */
export interface RunLine {
  readonly runId: string;
  readonly workflowId: string;
  readonly workflowVersion: string | null;
  readonly graphHash: string | null;
  readonly status: RunState["status"];
  readonly revision: number;
  /** How many lines of ledger follow, each as it was stored. */
  readonly ledgerLines: number;
  /** How many unread messages follow the state. */
  readonly messages: number;
}

/** The line before an artifact's content; alone, as `claim`, one more claim of an artifact that came before. */
export interface ArtifactLine {
  readonly artifactId: string;
  readonly runId: string;
  readonly contentType: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** What was counted between header and end. */
export interface BundleCounts {
  runs: number;
  ledgerLines: number;
  messages: number;
  artifacts: number;
  claims: number;
  snapshots: number;
}

export function noCounts(): BundleCounts {
  return { runs: 0, ledgerLines: 0, messages: 0, artifacts: 0, claims: 0, snapshots: 0 };
}

export function headerLine(header: BundleHeader): string {
  const { rootRunId, runs, exportedAt, offloads, seals } = header;
  return canonicalJson({
    format: bundleFormat,
    version: bundleVersion,
    root_run_id: rootRunId,
    runs,
    exported_at: exportedAt,
    offloads,
    ...(seals.length > 0 && { seals }),
  });
}

/** @throws store_corrupt, Error */
export function readHeader(fields: Fields): BundleHeader {
  if (fields.value("format") !== bundleFormat)
    throw new Error(`it is not "${bundleFormat}": this is no bundle`);
  const version = fields.value("version");
  if (version !== bundleVersion)
    throw new Error(
      `version ${JSON.stringify(version)} of the format, of which this package reads ${bundleVersion}`,
    );
  return {
    rootRunId: fields.text("root_run_id"),
    runs: fields.count("runs", 1),
    exportedAt: fields.instant("exported_at"),
    offloads: fields.flag("offloads", false),
    seals: fields.lacks("seals") ? [] : fields.texts("seals"),
  };
}

export function runLine(line: RunLine): string {
  return canonicalJson({
    type: "run",
    run_id: line.runId,
    workflow_id: line.workflowId,
    workflow_version: line.workflowVersion,
    graph_hash: line.graphHash,
    status: line.status,
    revision: line.revision,
    ledger_lines: line.ledgerLines,
    messages: line.messages,
  });
}

/** @throws store_corrupt */
export function readRunLine(fields: Fields): RunLine {
  return {
    runId: fields.text("run_id"),
    workflowId: fields.text("workflow_id"),
    workflowVersion: fields.textOrNull("workflow_version"),
    graphHash: fields.textOrNull("graph_hash"),
    status: fields.oneOf("status", statuses),
    revision: fields.count("revision"),
    ledgerLines: fields.count("ledger_lines"),
    messages: fields.count("messages"),
  };
}

export function artifactLine(type: "artifact" | "claim", line: ArtifactLine): string {
  return canonicalJson({
    type,
    artifact_id: line.artifactId,
    run_id: line.runId,
    content_type: line.contentType,
    tags: line.tags,
  });
}

/** @throws store_corrupt */
export function readArtifactLine(fields: Fields): ArtifactLine {
  return {
    artifactId: fields.text("artifact_id"),
    runId: fields.text("run_id"),
    contentType: fields.text("content_type"),
    tags: fields.textMap("tags"),
  };
}

/** Any other line: a type, and what it holds. */
export function plainLine(type: string, fields: JsonObject): string {
  return canonicalJson({ type, ...fields });
}

/** The last line. Two bundles of the same content have the same, so it is compared as text. */
export function endLine(counts: BundleCounts, sha256: string): string {
  return plainLine("end", {
    runs: counts.runs,
    ledger_lines: counts.ledgerLines,
    messages: counts.messages,
    artifacts: counts.artifacts,
    claims: counts.claims,
    snapshots: counts.snapshots,
    sha256,
  });
}
