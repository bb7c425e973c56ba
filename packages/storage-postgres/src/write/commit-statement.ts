import { intArray, textArray } from "../connection/binary-array.ts";
import { indexedText } from "../connection/safe-text.ts";
import { idsOf, rarely } from "../connection/by-id.ts";
import type { PendingCommit } from "./commit-batch.ts";
import { elsewhereParameters, touchedRuns } from "./elsewhere.ts";
import { headParameters, headRows } from "./head-columns.ts";

export interface CommitRow {
  readonly run_id: string;
  readonly inbox_seq: number;
  readonly tail_bytes: number;
  readonly state_bytes: number;
  /** Whether a message about the run's children was put into its inbox. */
  readonly told: boolean;
}

export interface Statement {
  /** Of the text; two texts never share one. */
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

type Batch = readonly PendingCommit[];

/** The statement that writes a batch. What no change of it needs is left out, so that a plain step stays cheap. */
export function commitStatement(batch: Batch, now: number | null): Statement {
  const consumes = batch.some(({ change }) => change.consumed.length > 0);
  const checkpoints = batch.some(({ checkpoint }) => checkpoint !== null);
  const reaches = batch.some(
    ({ change, facts }) =>
      change.children.length > 0 || change.messages.length > 0 || facts.joinSpec !== null,
  );
  const isMany = batch.length > 1;
  const head = headRows(batch);
  const values: unknown[] = [now, ...head.values, ...recordValues(batch)];
  const place = (value: unknown): string => `$${values.push(value)}`;
  const parts = [
    "clock as materialized (select coalesce($1::bigint, {s}.clock_ms()) as now)",
    ...(reaches ? [locksSql(place(textArray(reached(batch))))] : isMany ? [locksSql("$2")] : []),
    ...(consumes ? goneSql(batch, place) : []),
    headSql(head.sql, { consumes, locks: reaches || isMany }),
    recordsSql,
    ...(consumes ? [consumedSql] : []),
    ...(checkpoints ? [checkpointsSql(batch, place)] : []),
  ];
  const told = reaches ? toldSql(batch, consumes, place) : "false";
  const text = `with ${parts.join(",\n")}
select u.run_id, u.inbox_seq, u.tail_bytes, u.state_bytes, ${told} as told,
  case when u.is_due then {s}.tell_due() end${consumes ? recountSql : ""} from u`;
  const flags = [consumes, checkpoints, reaches, isMany].map(Number).join("");
  return { name: `commit_${flags}`, text, values };
}

/** What is due: of a held run `due_ms` may lag behind the lease by half, so that most steps change no indexed column. */
const dueSql = (ended: string): string => `case
      when ${ended} then null
      when i.next_lease is null then case when r.inbox_seq > i.inbox_seq then clock.now else i.wake_ms end
      when r.due_ms between clock.now + i.lease_ms / 2 and clock.now + i.lease_ms then r.due_ms
      else clock.now + i.lease_ms
    end`;

const isEnded = "i.status not in ('running', 'waiting')";
const isOtherWait = "r.wait_id is distinct from i.wait_id";

function headSql(rows: string, { consumes, locks }: { consumes: boolean; locks: boolean }): string {
  return `u as (
  update {s}.runs r set
    commit_id = i.commit_id, ledger_head = i.ledger_head, revision = i.revision + 1, seq = i.seq, status = i.status, paused = i.paused,
    updated_ms = i.updated_ms, ended_ms = case when ${isEnded} then i.updated_ms end, workflow_version = i.workflow_version, graph_hash = i.graph_hash,
    wait_id = i.wait_id, wait_step_id = i.wait_step_id, wait_reason = i.wait_reason, wait_gate = i.wait_gate, wait_keys = i.wait_keys::text[],
    join_spec = i.join_spec,
    join_completed = case when ${isOtherWait} then 0 else r.join_completed end,
    join_failed = case when ${isOtherWait} then 0 else r.join_failed end,
    claims = 0,
    inbox_size = r.inbox_size - ${consumes ? "coalesce((select count(*) from had h where h.run_id = i.run_id), 0)" : "0"},
    lease_id = case when ${isEnded} then null else i.next_lease end,
    lease_owner = case when ${isEnded} then null else i.lease_owner end,
    wake_ms = case
      when ${isEnded} then null
      when i.next_lease is not null then clock.now + i.lease_ms
      when r.inbox_seq > i.inbox_seq then clock.now
      else i.wake_ms
    end,
    due_ms = ${dueSql(isEnded)},
    tail_bytes = case when i.checkpoint_bytes is null then r.tail_bytes + i.bytes else 0 end,
    state_bytes = coalesce(i.checkpoint_bytes, r.state_bytes)
  from clock, ${rows}
  where r.run_id = i.run_id and ${rarely("i.run_id")} and r.revision = i.revision${locks ? " and (select count(*) from locked) >= 0" : ""}
    and case when i.lease_id is null then r.lease_id is null or r.wake_ms <= clock.now else r.lease_id = i.lease_id end
    and not (i.refuses and r.inbox_seq > i.inbox_seq)
  returning r.run_id, r.inbox_seq, r.tail_bytes, r.state_bytes, r.join_spec, r.updated_ms, r.lease_id is null and r.wake_ms <= clock.now as is_due
)`;
}

/** After those of the heads. */
function recordValues(batch: Batch): readonly unknown[] {
  const lines = batch.flatMap(({ change, records }) =>
    records.map((record, index) => ({
      runId: change.runId,
      seq: change.records[index]?.seq ?? 0,
      record,
    })),
  );
  return [
    textArray(lines.map(({ runId }) => runId)),
    intArray(lines.map(({ seq }) => seq)),
    textArray(lines.map(({ record }) => record)),
  ];
}

const [ofRuns, atSeqs, asTexts] = [1, 2, 3].map((place) => `$${headParameters + place}`);

const recordsSql = `l as (
  insert into {s}.ledger (run_id, seq, record)
  select x.run_id, x.seq, x.record from unnest(${ofRuns}::text[], ${atSeqs}::integer[], ${asTexts}::text[]) as x(run_id, seq, record)
  join u on u.run_id = x.run_id
)`;

type Place = (value: unknown) => string;

/** The runs of a batch are locked in order of id, so that two statements never wait for each other. */
function locksSql(ids: string): string {
  const { from, where } = idsOf(ids);
  return `locked as materialized (
  select r.run_id from ${from} join {s}.runs r on r.run_id = i.run_id where ${where} order by r.run_id for update of r
)`;
}

/** Writers and addressees. */
function reached(batch: Batch): readonly string[] {
  return batch.flatMap(({ change }) => {
    const { writes, sends } = touchedRuns(change.runId, change);
    return [...writes, ...sends];
  });
}

/** Which messages the batch consumes, and which of them are unread, as far as the statement's snapshot shows. */
function goneSql(batch: Batch, place: Place): readonly string[] {
  const consumed = batch.flatMap(({ change }) =>
    change.consumed.map((messageId) => ({
      runId: change.runId,
      messageId: indexedText(messageId),
    })),
  );
  const runIds = place(textArray(consumed.map(({ runId }) => runId)));
  const messageIds = place(textArray(consumed.map(({ messageId }) => messageId)));
  return [
    `gone as materialized (
  select distinct * from unnest(${runIds}::text[], ${messageIds}::text[]) as g(run_id, message_id)
)`,
    `had as materialized (
  select m.run_id from {s}.inbox m join gone g using (run_id, message_id) where m.message is not null
)`,
  ];
}

/** A consumed message stays known. One that never came by the inbox is remembered, too. */
const consumedSql = `c as (
  insert into {s}.inbox as m (run_id, message_id, position)
  select g.run_id, g.message_id, 0 from gone g join u on u.run_id = g.run_id
  on conflict (run_id, message_id) do update set message = null where m.message is not null
  returning m.run_id, m.position
)`;

/** A delivery that was under way when the statement began is consumed, but was not among those counted. */
const recountSql = `,
  case when (select count(*) from c where c.run_id = u.run_id and c.position > 0)
    <> (select count(*) from had h where h.run_id = u.run_id) then {s}.recount_inbox(u.run_id) end`;

function checkpointsSql(batch: Batch, place: Place): string {
  const due = batch.flatMap(({ change, facts, checkpoint }) =>
    checkpoint === null ? [] : [{ runId: change.runId, seq: facts.seq, checkpoint }],
  );
  const runIds = place(textArray(due.map(({ runId }) => runId)));
  const seqs = place(intArray(due.map(({ seq }) => seq)));
  const states = place(textArray(due.map(({ checkpoint }) => checkpoint)));
  return `k as (
  insert into {s}.checkpoints (run_id, seq, state)
  select x.run_id, x.seq, x.state from unnest(${runIds}::text[], ${seqs}::integer[], ${states}::text[]) as x(run_id, seq, state)
  join u on u.run_id = x.run_id
  on conflict (run_id) do update set seq = excluded.seq, state = excluded.state
)`;
}

/** What is caused elsewhere, after what was consumed is out of the way: the message that tells of children among it. */
function toldSql(batch: Batch, consumes: boolean, place: Place): string {
  const parts = batch.map(({ change }) => elsewhereParameters(change.runId, change));
  const json = (name: "children" | "records" | "messages"): string =>
    `${place(JSON.stringify(parts.flatMap((part) => part[name])))}::json`;
  const call = `{s}.write_elsewhere((select array_agg(run_id) from u), ${json("children")}, ${json("records")}, ${json("messages")}, (select now from clock))`;
  const sentAt = `to_char(to_timestamp(u.updated_ms / 1000.0) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  return `case${consumes ? "\n    when (select count(*) from c) < 0 then false" : ""}
    when (select ${call}) is null then false
    when u.join_spec is null then false
    else {s}.tell_of_join(u.run_id, ${sentAt}, (select now from clock))
  end`;
}
