/**
 * SQL that looks like a rare case to the planner, and is always true. A prepared statement is planned once, maybe while the
 * tables are empty and reading them whole looks cheapest; few expected rows make it find runs by index for ever.
 *
 * @param column of text, not null
 */
export function rarely(column: string): string {
  return `${column} = ${column} || ''`;
}

/** The ids of an array parameter as rows `i(run_id)`, of which the planner expects few: `from`, and the condition. */
export function idsOf(parameter: string): { readonly from: string; readonly where: string } {
  return { from: `unnest(${parameter}::text[]) as i(run_id)`, where: rarely("i.run_id") };
}
