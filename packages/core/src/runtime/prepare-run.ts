import { createdRecord } from "../drive/created-record.ts";
import { startVars } from "../drive/start-vars.ts";
import { stampRecord } from "../ledger/record-body.ts";
import { limitsFromConfig, type LimitsConfig } from "../limits/limits-config.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ids } from "../ports/ids.ts";
import type { NewRun } from "../ports/new-run.ts";
import { randomIds } from "../ports/random-ids.ts";
import { systemClock } from "../ports/system-clock.ts";
import { beginFold } from "../run/fold-run.ts";
import { assertId } from "../run/run-id.ts";
import type { Workflow } from "../workflow/workflow.ts";
import { assertText } from "./assert-text.ts";
import type { StartOptions } from "./start-run.ts";

export interface PrepareOptions<Input> extends Pick<
  StartOptions<Input>,
  "actorId" | "id" | "parentRunId" | "sessionId" | "vars"
> {
  /** As in `RuntimeOptions`. */
  readonly limits?: LimitsConfig | undefined;
  readonly clock?: Clock | undefined;
  readonly ids?: Ids | undefined;
}

/**
 * A run as `Runtime.start` with `drive: false` would create it: due now, held by nobody. For stores that create runs within
 * a transaction of somebody else.
 *
 * @throws schema_mismatch, invalid_json_value, value_too_large, invalid_id, invalid_argument
 */
export async function prepareRun<Output, Input>(
  // oxlint-disable-next-line typescript/no-explicit-any -- the vars' type is between the workflow and its handlers
  workflow: Workflow<any, Output, Input>,
  options: PrepareOptions<Input> = {},
): Promise<NewRun> {
  const { clock = systemClock, ids = randomIds, id, actorId, sessionId, parentRunId } = options;
  if (id !== undefined) assertId(id, "run id");
  for (const name of ["actorId", "sessionId", "parentRunId"] as const)
    assertText(options[name], name);
  const vars = await startVars(workflow, options.vars, limitsFromConfig(options.limits));
  const subject = {
    runId: id ?? ids.runId(),
    actorId: actorId ?? null,
    sessionId: sessionId ?? null,
  };
  const body = createdRecord({
    workflow,
    vars,
    nonce: ids.token(),
    parentRunId: parentRunId ?? null,
    parent: null,
    depth: 0,
    now: clock.now(),
  });
  const commitId = ids.token();
  const record = { ...stampRecord(body, subject, { seq: 1, revision: 1, commitId }), last: true };
  const run = beginFold(record);
  return {
    run,
    commitId,
    records: [record],
    lease: null,
    wakeAt: run.createdAt,
    children: [],
    messages: [],
  };
}
