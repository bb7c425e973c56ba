import type { NewRun } from "@abstractruntime/core/store";
import type { Statement } from "./commit-statement.ts";
import { elsewhereParameters, newRunRows } from "./elsewhere.ts";

/** The statement that brings runs into being, with their children and messages. An id that exists is left as it is. */
export function createStatement(batch: readonly NewRun[], now: number | null): Statement {
  const own = batch.map((run) => elsewhereParameters(run.run.runId, run));
  const rows = batch.map(newRunRows);
  const children = rows.map(({ columns }, index) => ({ of: batch[index]?.run.runId, ...columns }));
  const records = rows.flatMap(({ lines }) => lines);
  return {
    name: "create",
    text: `with clock as materialized (select coalesce($1::bigint, {s}.clock_ms()) as now)
select {s}.create_runs($2::json, $3::json, $4::json, $5::json, $6::json, clock.now) as born, clock.now from clock`,
    values: [
      now,
      JSON.stringify(children),
      JSON.stringify(records),
      JSON.stringify(own.flatMap((part) => part.children)),
      JSON.stringify(own.flatMap((part) => part.records)),
      JSON.stringify(own.flatMap((part) => part.messages)),
    ],
  };
}
