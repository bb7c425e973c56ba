/**
 * Runs, ledgers, inboxes and kept events. Columns of `runs` are the facts that statements look at; the state itself is the
 * last checkpoint and the ledger since. Times are milliseconds since 1970.
 *
 * `wake_ms` is when a run is due, or its lease ends. `due_ms` is the same for free runs; of a held one it may lag behind,
 * so that a commit changes no indexed column and stays within its page (HOT). For the same reason `updated_ms` has no index.
 */
export const runsSql = `
create table {s}.runs (
  run_id text collate "C" primary key,
  workflow_id text not null,
  workflow_version text,
  graph_hash text,
  actor_id text,
  session_id text,
  parent_run_id text collate "C",
  parent_step_id text,
  origin_run_id text,
  created_ms bigint not null,
  updated_ms bigint not null,
  ended_ms bigint,
  created_by text not null,
  commit_id text not null,
  ledger_head text,
  revision integer not null,
  seq integer not null,
  fold_from integer not null default 0,
  status text not null,
  paused boolean not null,
  wait_id text,
  wait_step_id text,
  wait_reason text,
  wait_gate text,
  wait_keys text[],
  join_spec text,
  join_completed integer not null default 0,
  join_failed integer not null default 0,
  join_told text,
  inbox_seq integer not null default 0,
  inbox_size integer not null default 0,
  lease_id text,
  lease_owner text,
  claims integer not null default 0,
  wake_ms bigint,
  due_ms bigint,
  tail_bytes integer not null default 0,
  state_bytes integer not null default 0
) with (fillfactor = 70);

create index runs_due on {s}.runs (due_ms) where due_ms is not null;
create index runs_ended on {s}.runs (ended_ms, run_id) where ended_ms is not null;
create index runs_children on {s}.runs (parent_run_id, run_id) where parent_run_id is not null;
create index runs_wait_keys on {s}.runs using gin (wait_keys) where wait_keys is not null;
create index runs_workflow on {s}.runs (workflow_id, created_ms);
create index runs_session on {s}.runs (session_id) where session_id is not null;
create index runs_origin on {s}.runs (origin_run_id) where origin_run_id is not null;

create table {s}.ledger (
  run_id text collate "C" not null,
  seq integer not null,
  record text not null,
  primary key (run_id, seq)
);

create table {s}.checkpoints (
  run_id text collate "C" primary key,
  seq integer not null,
  state text not null
);

create table {s}.inbox (
  run_id text collate "C" not null,
  message_id text collate "C" not null,
  position integer not null,
  message text,
  primary key (run_id, message_id)
);
create index inbox_unread on {s}.inbox (run_id, position) where message is not null;

create table {s}.kept_events (
  event_id text collate "C" primary key,
  key text not null,
  message text,
  expires_ms bigint not null,
  published bigint generated always as identity
);
create index kept_events_key on {s}.kept_events (key, published) where message is not null;
create index kept_events_expiry on {s}.kept_events (expires_ms);

create function {s}.clock_ms() returns bigint language sql volatile
as $$ select floor(extract(epoch from clock_timestamp()) * 1000)::bigint $$;
`;
