import { rarely } from "../connection/by-id.ts";

/**
 * What a write causes in other runs, as functions, so that it costs no round trip of its own. Whoever calls them holds, or
 * takes, the addressees' rows in order of run id.
 */
export const messagesSql: string = `
-- Says that a run is due now for whoever is not at it: once per transaction, however often it is called.
create function {s}.tell_due() returns void language sql as $$ select pg_notify('{schema}', '') $$;

-- Puts a message at the end of an inbox. The caller holds the run's row.
create function {s}.append_message(p_run_id text, p_message_id text, p_message text, p_wakes boolean, p_now bigint)
returns void language plpgsql as $$
begin
  update {s}.runs set
    inbox_seq = inbox_seq + 1,
    inbox_size = inbox_size + 1,
    wake_ms = case when {s}.is_to_be_woken(lease_id, wake_ms, p_wakes, p_now) then p_now else wake_ms end,
    due_ms = case when {s}.is_to_be_woken(lease_id, wake_ms, p_wakes, p_now) then p_now else due_ms end
  where run_id = p_run_id;
  insert into {s}.inbox (run_id, message_id, position, message)
  select p_run_id, p_message_id, inbox_seq, p_message from {s}.runs where run_id = p_run_id;
  perform {s}.tell_due() from {s}.runs where run_id = p_run_id and lease_id is null and wake_ms = p_now;
end $$;

-- Who holds a run reads its inbox before letting go; any other run becomes due.
create function {s}.is_to_be_woken(p_lease_id text, p_wake_ms bigint, p_wakes boolean, p_now bigint)
returns boolean language sql immutable as $$
  select p_wakes and (p_wake_ms is null or (p_wake_ms > p_now and p_lease_id is null))
$$;

create function {s}.recount_inbox(p_run_id text) returns void language plpgsql as $$
begin
  update {s}.runs set
    inbox_size = (select count(*) from {s}.inbox where run_id = p_run_id and message is not null)
  where run_id = p_run_id;
end $$;

-- Tells a run that something is to be done about its children: as joinDue in @abstractruntime/core/store.
create function {s}.tell_of_join(p_run_id text, p_sent_at text, p_now bigint)
returns boolean language plpgsql as $$
declare
  r {s}.runs;
  j json;
  total integer; begun integer; need integer; most integer;
  ended integer; free integer;
  is_decided boolean; may_begin boolean;
  id text;
begin
  select * into r from {s}.runs where run_id = p_run_id;
  if r.join_spec is null or r.status not in ('running', 'waiting') then return false; end if;
  if r.join_told is not null and exists (
    select 1 from {s}.inbox where run_id = p_run_id and message_id = r.join_told and message is not null
  ) then return false; end if;
  j := r.join_spec::json;
  total := (j->>'total')::integer; begun := (j->>'begun')::integer; need := (j->>'need')::integer;
  most := (j->>'max_concurrency')::integer;
  ended := r.join_completed + r.join_failed;
  is_decided := r.join_completed >= coalesce(need, total) or ended >= total
    or (j->>'on_failure' = 'fail_fast' and r.join_failed > 0)
    or (need is not null and total - r.join_failed < need);
  free := most - (begun - ended);
  may_begin := begun < total and (most is null or free >= least(greatest(1, most / 10), total - begun));
  if not (is_decided or may_begin) then return false; end if;
  id := r.wait_id || ':' || begun || ':' || r.join_completed || ':' || r.join_failed;
  if exists (select 1 from {s}.inbox where run_id = p_run_id and message_id = id) then return false; end if;
  update {s}.runs set join_told = id where run_id = p_run_id;
  perform {s}.append_message(p_run_id, id, json_build_object(
    'kind', 'join_due', 'message_id', id, 'by', null, 'sent_at', p_sent_at, 'wait_id', r.wait_id,
    'completed', r.join_completed, 'failed', r.join_failed)::text, not r.paused, p_now);
  return true;
end $$;

-- Delivers one message. p_key: only to a run that waits for this key now.
create function {s}.put_message(
  p_run_id text, p_message_id text, p_message text, p_wakes_paused boolean, p_is_refusable boolean,
  p_counted_wait text, p_completed boolean, p_sent_at text, p_key text, p_now bigint
) returns text language plpgsql as $$
declare r record;
begin
  select status, paused, inbox_size, wait_id, wait_keys, join_spec into r
  from {s}.runs where run_id = p_run_id for update;
  if not found then return 'run_not_found'; end if;
  if p_key is not null and (r.wait_keys is null or not r.wait_keys @> array[p_key]) then return 'not_waiting'; end if;
  if exists (select 1 from {s}.inbox where run_id = p_run_id and message_id = p_message_id) then return 'duplicate'; end if;
  if r.status not in ('running', 'waiting') then return 'ended'; end if;
  if p_counted_wait is not null then
    insert into {s}.inbox (run_id, message_id, position) values (p_run_id, p_message_id, 0);
    if r.join_spec is not null and r.wait_id = p_counted_wait then
      update {s}.runs set
        join_completed = join_completed + p_completed::integer,
        join_failed = join_failed + (not p_completed)::integer
      where run_id = p_run_id;
      perform {s}.tell_of_join(p_run_id, p_sent_at, p_now);
    end if;
    return 'accepted';
  end if;
  if p_is_refusable and r.inbox_size >= 10000 then return 'inbox_full'; end if;
  perform {s}.append_message(p_run_id, p_message_id, p_message, p_wakes_paused or not r.paused, p_now);
  return 'accepted';
end $$;

-- Copies what forks begin with. In a large ledger its plan looks dear, and would be compiled at each call.
create function {s}.copy_ledgers(p_born text[], p_runs json) returns void language plpgsql set jit = off as $$
begin
  insert into {s}.ledger (run_id, seq, record)
  select c.run_id, l.seq, l.record
  from json_to_recordset(p_runs) as c(run_id text, copy_run_id text, copy_seq integer)
  join {s}.ledger l on l.run_id = c.copy_run_id and l.seq <= c.copy_seq
  where c.run_id = any(p_born) and ${rarely("c.copy_run_id")};
  perform 1 from json_to_recordset(p_runs) as c(run_id text, copy_seq integer)
  where c.run_id = any(p_born) and c.copy_seq is not null
    and (select count(*) from {s}.ledger l where l.run_id = c.run_id) <> c.copy_seq;
  if found then raise exception using errcode = 'AR001', message = 'what the fork copies is not there'; end if;
end $$;

-- Brings new runs into being, of those whose bringer is among p_of. Returns the ids of those that were not there.
create function {s}.bring_forth(p_of text[], p_runs json, p_records json, p_now bigint)
returns text[] language plpgsql as $$
declare born text[]; has_copies boolean; has_consumed boolean; has_states boolean; has_joins boolean;
begin
  with new_runs as (
    insert into {s}.runs (run_id, workflow_id, workflow_version, graph_hash, actor_id, session_id, parent_run_id,
      parent_step_id, origin_run_id, created_ms, updated_ms, ended_ms, created_by, commit_id, ledger_head, revision, seq, fold_from, status, paused,
      wait_id, wait_step_id, wait_reason, wait_gate, wait_keys, join_spec, lease_id, lease_owner, wake_ms, due_ms, state_bytes)
    select c.run_id, c.workflow_id, c.workflow_version, c.graph_hash, c.actor_id, c.session_id, c.parent_run_id,
      c.parent_step_id, c.origin_run_id, c.created_ms, c.updated_ms,
      case when c.status in ('running', 'waiting') then null else c.updated_ms end, c.commit_id, c.commit_id, c.ledger_head, c.revision, c.seq,
      coalesce((select o.fold_from from {s}.runs o where o.run_id = c.copy_run_id), c.fold_from), c.status,
      c.paused, c.wait_id, c.wait_step_id, c.wait_reason, c.wait_gate, c.wait_keys::text[], c.join_spec, c.lease_id, c.lease_owner,
      coalesce(p_now + c.lease_ms, c.wake_ms), coalesce(p_now + c.lease_ms, c.wake_ms), c.state_bytes
    from json_to_recordset(p_runs) as c(of text, run_id text, workflow_id text, workflow_version text, graph_hash text,
      actor_id text, session_id text, parent_run_id text, parent_step_id text, origin_run_id text, created_ms bigint,
      updated_ms bigint, commit_id text, ledger_head text, revision integer, seq integer, fold_from integer, copy_run_id text, status text, paused boolean, wait_id text,
      wait_step_id text, wait_reason text, wait_gate text, wait_keys text, join_spec text, lease_id text, lease_owner text, lease_ms bigint,
      wake_ms bigint, state_bytes integer)
    where c.of = any(p_of)
    order by c.run_id
    on conflict (run_id) do nothing
    returning run_id
  ) select array_agg(run_id) into born from new_runs;
  select bool_or(c.copy_seq is not null), bool_or(json_array_length(c.consumed) > 0), bool_or(c.state is not null),
    bool_or(c.join_spec is not null)
  into has_copies, has_consumed, has_states, has_joins
  from json_to_recordset(p_runs) as c(run_id text, copy_seq integer, consumed json, state text, join_spec text)
  where c.run_id = any(born);
  if has_copies then
    perform {s}.copy_ledgers(born, p_runs);
  end if;
  if has_consumed then
    insert into {s}.inbox (run_id, message_id, position)
    select distinct c.run_id, m.id, 0
    from json_to_recordset(p_runs) as c(run_id text, consumed json), json_array_elements_text(c.consumed) as m(id)
    where c.run_id = any(born);
  end if;
  if has_states then
    insert into {s}.checkpoints (run_id, seq, state)
    select c.run_id, c.seq, c.state from json_to_recordset(p_runs) as c(run_id text, seq integer, state text)
    where c.state is not null and c.run_id = any(born);
  end if;
  insert into {s}.ledger (run_id, seq, record)
  select c.run_id, c.seq, c.record from json_to_recordset(p_records) as c(run_id text, seq integer, record text)
  where c.run_id = any(born);
  if has_joins then
    perform {s}.tell_of_join(r.run_id, r.sent_at, p_now) from (
      select c.run_id, c.sent_at from json_to_recordset(p_runs) as c(run_id text, sent_at text, join_spec text)
      where c.join_spec is not null and c.run_id = any(born) order by c.run_id
    ) r;
  end if;
  perform {s}.tell_due() from json_to_recordset(p_runs) as c(run_id text, lease_id text, wake_ms bigint)
  where c.run_id = any(born) and c.lease_id is null and c.wake_ms <= p_now limit 1;
  return coalesce(born, '{}');
end $$;

-- Delivers many messages to one run in one go: what p_messages has for it, in order.
create function {s}.put_messages(p_run_id text, p_messages json, p_now bigint) returns void language plpgsql as $$
declare
  r record;
  kept integer; wakes boolean;
  completed integer; failed integer; last_end text;
begin
  select status, paused, inbox_seq, wait_id, join_spec into r from {s}.runs where run_id = p_run_id for update;
  if not found or r.status not in ('running', 'waiting') then return; end if;
  with given as (
    select x.*, x.counted_wait is not null as is_counted
    from rows from (json_to_recordset(p_messages) as (message_id text, message text, wakes_paused boolean,
      counted_wait text, completed boolean, sent_at text))
      with ordinality as x(message_id, message, wakes_paused, counted_wait, completed, sent_at, place)
  ),
  fresh as (
    select distinct on (g.message_id) g.* from given g
    where not exists (select 1 from {s}.inbox i where i.run_id = p_run_id and i.message_id = g.message_id)
    order by g.message_id, g.place
  ),
  numbered as (
    select f.*, case when f.is_counted then 0
      else r.inbox_seq + row_number() over (partition by f.is_counted order by f.place) end as position
    from fresh f
  ),
  written as (
    insert into {s}.inbox (run_id, message_id, position, message)
    select p_run_id, n.message_id, n.position, case when n.is_counted then null else n.message end from numbered n
  )
  select
    count(*) filter (where not n.is_counted),
    coalesce(bool_or(n.wakes_paused or not r.paused) filter (where not n.is_counted), false),
    count(*) filter (where n.is_counted and n.counted_wait = r.wait_id and n.completed),
    count(*) filter (where n.is_counted and n.counted_wait = r.wait_id and not n.completed),
    max(n.sent_at) filter (where n.is_counted)
  into kept, wakes, completed, failed, last_end from numbered n;
  update {s}.runs set
    inbox_seq = inbox_seq + kept,
    inbox_size = inbox_size + kept,
    join_completed = join_completed + completed,
    join_failed = join_failed + failed,
    wake_ms = case when {s}.is_to_be_woken(lease_id, wake_ms, wakes, p_now) then p_now else wake_ms end,
    due_ms = case when {s}.is_to_be_woken(lease_id, wake_ms, wakes, p_now) then p_now else due_ms end
  where run_id = p_run_id;
  perform {s}.tell_due() from {s}.runs where run_id = p_run_id and kept > 0 and lease_id is null and wake_ms = p_now;
  if last_end is not null then perform {s}.tell_of_join(p_run_id, last_end, p_now); end if;
end $$;

-- The children and messages of changes that were written just now: p_of are their runs.
create function {s}.write_elsewhere(p_of text[], p_children json, p_records json, p_messages json, p_now bigint)
returns integer language plpgsql as $$
declare born text[] := {s}.bring_forth(p_of, p_children, p_records, p_now);
begin
  perform {s}.put_messages(m.run_id, m.messages, p_now) from (
    select x.run_id, json_agg(row_to_json(x) order by x.place) as messages
    from rows from (json_to_recordset(p_messages) as (of text, run_id text, message_id text, message text,
      wakes_paused boolean, counted_wait text, completed boolean, sent_at text))
      with ordinality as x(of, run_id, message_id, message, wakes_paused, counted_wait, completed, sent_at, place)
    where x.of = any(p_of) group by x.run_id order by x.run_id
  ) m;
  return cardinality(born);
end $$;

-- New runs, and what their first records cause. Returns the ids of those that were not there.
create function {s}.create_runs(p_runs json, p_records json, p_children json, p_child_records json, p_messages json, p_now bigint)
returns text[] language plpgsql as $$
declare born text[];
begin
  born := {s}.bring_forth(
    (select array_agg(r.run_id) from json_to_recordset(p_runs) as r(run_id text)), p_runs, p_records, p_now);
  if json_array_length(p_children) > 0 or json_array_length(p_messages) > 0 then
    perform {s}.write_elsewhere(born, p_children, p_child_records, p_messages, p_now);
  end if;
  return born;
end $$;
`;
