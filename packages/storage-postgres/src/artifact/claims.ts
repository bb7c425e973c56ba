import {
  type ArtifactClaim,
  type ArtifactMetadata,
  type ArtifactQuery,
  claimMetadata,
  formatInstant,
  type Page,
} from "@abstractruntime/core/store";
import type { Database } from "../connection/database.ts";
import { safeText } from "../connection/safe-text.ts";
import { cutPage, pageLimit, readPlace } from "../list/newest-first.ts";

/** An artifact with one of its claims. */
export interface ArtifactRow {
  readonly artifact_id: string;
  readonly size_bytes: string;
  readonly created_ms: string;
  /** Null when nobody claims it. */
  readonly claim: string | null;
  readonly last_claim: string;
}

/** A claim as its columns: run key, content type, tags, and all of it as JSON. */
export function claimColumns(claim: ArtifactClaim): readonly unknown[] {
  const { runId, contentType, tags } = claim;
  return [
    runKey(runId),
    safeText(contentType),
    tagList(tags),
    JSON.stringify({ runId, contentType, tags }),
  ];
}

/** Nobody in particular has a key too, which no run can have. */
export function runKey(runId: string | null): string {
  return runId === null ? "" : safeText(runId);
}

export function metadataOf(row: ArtifactRow): ArtifactMetadata {
  const facts = {
    artifactId: row.artifact_id,
    sizeBytes: Number(row.size_bytes),
    createdAt: formatInstant(Number(row.created_ms)),
  };
  const claim = JSON.parse(row.claim ?? row.last_claim) as ArtifactClaim;
  return claimMetadata(facts, row.claim === null ? { ...claim, runId: null } : claim);
}

/** `ArtifactStore.list`: each artifact with its oldest claim that passes, or as it was last claimed. */
export async function listArtifacts(
  database: Database,
  query: ArtifactQuery,
): Promise<Page<ArtifactMetadata>> {
  const limit = pageLimit(query.limit);
  const place = readPlace(query.cursor);
  const { rows } = await database.query<ArtifactRow>("list_artifacts", listSql, [
    query.runId === undefined ? null : runKey(query.runId),
    query.contentType === undefined ? null : safeText(query.contentType),
    tagList(query.tags ?? {}),
    place?.ms ?? null,
    place?.id ?? null,
    limit + 1,
  ]);
  const page = cutPage(rows, limit, (row) => ({ ms: Number(row.created_ms), id: row.artifact_id }));
  return { items: page.items.map(metadataOf), nextCursor: page.nextCursor };
}

const listSql = `select a.artifact_id, a.size_bytes, a.created_ms, a.last_claim, f.claim
from {s}.artifacts a
cross join lateral (
  (select c.claim from {s}.artifact_claims c
  where c.artifact_id = a.artifact_id and ($1::text is null or c.run_key = $1)
    and ($2::text is null or c.content_type = $2) and c.tag_list @> $3::text[]
  order by c.claim_no limit 1)
  union all
  select null where $1::text is null
    and ($2::text is null or $2 = a.last_claim::json->>'contentType')
    and not exists (select 1 from {s}.artifact_claims c where c.artifact_id = a.artifact_id)
    and $3::text[] <@ array(select t.key || '=' || t.value from json_each_text(a.last_claim::json->'tags') t)
) f
where $4::bigint is null or a.created_ms < $4 or (a.created_ms = $4 and a.artifact_id > $5)
order by a.created_ms desc, a.artifact_id limit $6`;

/** Tags as texts that can be looked for. */
function tagList(tags: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(tags).map(([key, value]) => safeText(`${key}=${value}`));
}
