/** Content by what it is, in chunks, with the claims that keep it; and snapshots of runs. */
export const artifactsSql = `
create table {s}.artifacts (
  artifact_id text collate "C" primary key,
  sha256 text not null,
  size_bytes bigint not null,
  created_ms bigint not null,
  last_put_ms bigint not null,
  content_id uuid not null,
  last_claim text not null
);
create index artifacts_created on {s}.artifacts (created_ms desc, artifact_id);

create table {s}.artifact_claims (
  artifact_id text collate "C" not null,
  claim_no bigint generated always as identity,
  run_key text not null,
  content_type text not null,
  tag_list text[] not null,
  claim text not null,
  primary key (artifact_id, run_key)
);
create index artifact_claims_run on {s}.artifact_claims (run_key);

create table {s}.artifact_chunks (
  content_id uuid not null,
  chunk integer not null,
  bytes bytea not null,
  primary key (content_id, chunk)
);
alter table {s}.artifact_chunks alter column bytes set storage external;

create table {s}.artifact_uploads (
  content_id uuid primary key,
  started_ms bigint not null
);

-- Makes an artifact of uploaded chunks, or one more claim of what is there. Returns the claimed artifact; of other content
-- under the same id, null.
create function {s}.keep_artifact(p_artifact_id text, p_sha256 text, p_size bigint, p_content uuid, p_run_key text,
  p_content_type text, p_tag_list text[], p_claim text, p_now bigint, out created_ms bigint)
language plpgsql as $$
declare a {s}.artifacts;
begin
  insert into {s}.artifacts as k (artifact_id, sha256, size_bytes, created_ms, last_put_ms, content_id, last_claim)
  values (p_artifact_id, p_sha256, p_size, p_now, p_now, p_content, p_claim)
  on conflict (artifact_id) do update set last_put_ms = p_now where k.sha256 = excluded.sha256
  returning * into a;
  if not found or a.content_id <> p_content then
    delete from {s}.artifact_chunks where content_id = p_content;
  end if;
  delete from {s}.artifact_uploads where content_id = p_content;
  if a.artifact_id is null then return; end if;
  insert into {s}.artifact_claims (artifact_id, run_key, content_type, tag_list, claim)
  values (p_artifact_id, p_run_key, p_content_type, p_tag_list, p_claim)
  on conflict (artifact_id, run_key) do update
  set content_type = excluded.content_type, tag_list = excluded.tag_list, claim = excluded.claim;
  created_ms := a.created_ms;
end $$;

-- Gives up the claims of runs, and removes what nobody claims and was put last before an instant, with abandoned uploads.
create function {s}.release_artifacts(p_run_keys text[], p_put_before bigint, p_abandoned_before bigint)
returns integer language plpgsql as $$
declare removed integer;
begin
  with released as (
    delete from {s}.artifact_claims where run_key = any(p_run_keys) returning artifact_id, claim
  )
  update {s}.artifacts a set last_claim = r.claim from released r where a.artifact_id = r.artifact_id;
  with gone as (
    delete from {s}.artifacts a
    where a.last_put_ms <= p_put_before
      and not exists (select 1 from {s}.artifact_claims c where c.artifact_id = a.artifact_id)
    returning content_id
  ),
  abandoned as (delete from {s}.artifact_uploads where started_ms < p_abandoned_before returning content_id),
  chunks as (
    delete from {s}.artifact_chunks
    where content_id in (select content_id from gone union all select content_id from abandoned)
  )
  select count(*) into removed from gone;
  return removed;
end $$;

create table {s}.snapshots (
  snapshot_id text collate "C" primary key,
  run_id text collate "C" not null,
  created_ms bigint not null,
  facts text not null,
  snapshot text not null
);
create index snapshots_run on {s}.snapshots (run_id, created_ms desc);
create index snapshots_created on {s}.snapshots (created_ms desc, snapshot_id);
`;
