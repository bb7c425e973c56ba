import { ask } from "../../../storage-postgres/test/database.ts";

/** A run that somebody took. Times are the database's, in milliseconds since 1970. */
export interface Claim {
  readonly runId: string;
  readonly takenMs: number;
  readonly takenBy: string;
  /** Under whose lease it was, if it was under one; a run that was handed over is its dispatcher's until the first commit. */
  readonly owner: string | null;
  /** When that lease ran out, or the run was due. */
  readonly dueMs: number;
}

/** Let the database itself note every claim in a schema of runs, in the transaction that makes it. */
export async function noteClaims(url: string, schema: string): Promise<void> {
  await ask(
    url,
    `create table ${schema}.claims (run_id text, taken_ms bigint, taken_by text, owner text, due_ms bigint);
create function ${schema}.note_claim() returns trigger language plpgsql as $$ begin
  insert into ${schema}.claims
  values (new.run_id, ${schema}.clock_ms(), new.lease_owner, old.lease_owner, old.wake_ms);
  return null;
end $$;
create trigger note_claim after update of lease_id on ${schema}.runs for each row
when (new.lease_id is not null and old.lease_id is distinct from new.lease_id)
execute function ${schema}.note_claim()`,
  );
}

/** All claims, the first in front. */
export async function claimsIn(url: string, schema: string): Promise<readonly Claim[]> {
  return ask<Claim>(
    url,
    `select run_id as "runId", taken_ms::float8 as "takenMs", taken_by as "takenBy", owner,
  due_ms::float8 as "dueMs" from ${schema}.claims order by taken_ms`,
  );
}
