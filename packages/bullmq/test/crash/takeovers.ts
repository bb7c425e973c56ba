import { ask } from "../../../storage-postgres/test/database.ts";

/** A run that somebody took whose last driver was not heard of again. Times are the database's, in milliseconds since 1970. */
export interface Takeover {
  readonly runId: string;
  /** Under whose lease it was. A run that was handed over is its dispatcher's until its driver's first commit. */
  readonly owner: string;
  readonly leaseEndedMs: number;
  readonly takenMs: number;
  readonly takenBy: string;
}

/** Let the database itself note every takeover in a schema of runs, in the transaction that makes it. */
export async function noteTakeovers(url: string, schema: string): Promise<void> {
  await ask(
    url,
    `create table ${schema}.takeovers (
  run_id text, owner text, lease_ended_ms bigint, taken_ms bigint, taken_by text
);
create function ${schema}.note_takeover() returns trigger language plpgsql as $$ begin
  insert into ${schema}.takeovers values
    (new.run_id, old.lease_owner, old.wake_ms, ${schema}.clock_ms(), new.lease_owner);
  return null;
end $$;
create trigger note_takeover after update of lease_id on ${schema}.runs for each row
when (old.lease_id is not null and new.lease_id is not null and old.lease_id <> new.lease_id)
execute function ${schema}.note_takeover()`,
  );
}

export async function takeoversOf(url: string, schema: string): Promise<readonly Takeover[]> {
  return ask<Takeover>(
    url,
    `select run_id as "runId", owner, lease_ended_ms::float8 as "leaseEndedMs",
  taken_ms::float8 as "takenMs", taken_by as "takenBy" from ${schema}.takeovers order by taken_ms`,
  );
}
