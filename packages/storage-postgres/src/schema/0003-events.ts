/** Events for keys: who waits gets them, else they are kept for the first who does. */
export const eventsSql = `
-- Gives an event to every run that waits for its key now; if there is none, says whether it is kept. Expired ones go, a few at
-- a time.
create function {s}.give_event(p_event_id text, p_key text, p_message text, p_now bigint,
  out runs text[], out kept boolean)
language plpgsql as $$
declare
  candidate text;
  delivery text;
begin
  delete from {s}.kept_events where event_id in (
    select e.event_id from {s}.kept_events e where e.expires_ms <= p_now and e.event_id <> p_event_id
    order by e.expires_ms limit 10 for update skip locked
  );
  runs := '{}';
  for candidate in
    select r.run_id from {s}.runs r where r.wait_keys is not null and r.wait_keys @> array[p_key] order by r.run_id
  loop
    delivery := {s}.put_message(candidate, p_event_id, p_message, false, true, null, false, null, p_key, p_now);
    if delivery in ('accepted', 'duplicate') then runs := runs || candidate; end if;
  end loop;
  if cardinality(runs) > 0 then
    update {s}.kept_events set message = null where event_id = p_event_id;
    kept := false;
  else
    kept := exists (
      select 1 from {s}.kept_events where event_id = p_event_id and message is not null and expires_ms > p_now
    );
  end if;
end $$;

-- Moves kept events for these keys into the inbox of a run, oldest first. Returns how many it took.
create function {s}.take_kept(p_run_id text, p_keys text[], p_now bigint) returns integer language plpgsql as $$
declare
  e record;
  taken integer := 0;
begin
  perform 1 from {s}.runs where run_id = p_run_id and status in ('running', 'waiting') for update;
  if not found then return 0; end if;
  for e in
    select event_id, message, expires_ms from {s}.kept_events
    where key = any(p_keys) and message is not null order by published for update
  loop
    update {s}.kept_events set message = null where event_id = e.event_id;
    if e.expires_ms > p_now and {s}.put_message(p_run_id, e.event_id, e.message, false, false, null, false,
      null, null, p_now) = 'accepted'
    then taken := taken + 1; end if;
  end loop;
  return taken;
end $$;
`;
