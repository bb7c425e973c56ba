import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { AnswerMessage } from "../inbox/message.ts";
import { copyJson } from "../json/copy-json.ts";
import type { JsonValue } from "../json/json-value.ts";
import { graphFor } from "../migration/passage.ts";
import type { RunState } from "../run/run-state.ts";
import { isEnded } from "../run/run-state.ts";
import { validate } from "../schema/validate.ts";
import { formatInstant } from "../time/instant.ts";
import { userKeyOf } from "../wait/any-wait.ts";
import { checkAnswer } from "../wait/check-answer.ts";
import type { Wait } from "../wait/wait.ts";
import { assertAccepted } from "./assert-accepted.ts";
import { assertSender } from "./assert-text.ts";
import { loadRun, type Shell } from "./drive-run.ts";
import { maxStepsOf } from "./max-steps.ts";
import { sendMessage } from "./send-message.ts";

export interface ResumeOptions {
  /** The wait that is answered: exactly once, and never another. */
  readonly waitId?: string | undefined;
  /** The key of the wait that is answered. One of `waitId` and `waitKey` must be given. */
  readonly waitKey?: string | undefined;
  /** Makes a repeated call count once. */
  readonly messageId?: string | undefined;
  /** Who answers. */
  readonly by?: string | undefined;
  /** Whether to go on until the run waits or ends; true by default. */
  readonly drive?: boolean | undefined;
  readonly maxSteps?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Answer a run's wait.
 *
 * @throws run_not_found, run_not_waiting, wait_id_mismatch, wait_key_mismatch, invalid_answer, schema_mismatch,
 *   invalid_json_value, run_ended; nothing has changed then
 */
export async function resumeRun(
  shell: Shell,
  runId: string,
  answer: unknown,
  options: ResumeOptions,
): Promise<void> {
  const { kernel } = shell;
  shell.drivers.assertOpen();
  options.signal?.throwIfAborted();
  assertSender(options);
  const stored = await loadRun(kernel, runId);
  const payload = copyJson(answer === undefined ? null : answer, "answer");
  const waitId = await checkedWaitId(shell, stored.run, payload, options);
  const message: AnswerMessage = {
    kind: "answer",
    messageId: options.messageId ?? kernel.ids.token(),
    by: options.by ?? null,
    sentAt: formatInstant(kernel.clock.now()),
    waitId,
    payload,
  };
  const maxSteps = options.drive === false ? 0 : maxStepsOf(options.maxSteps);
  const { signal } = options;
  const sending = { maxSteps, signal, mayRepeat: false };
  const reader = await sendMessage(shell, stored, message, sending);
  await assertAccepted(shell, message.messageId, { run: stored.run, reader });
}

/** The wait that the answer is for, once it is clear that it may be. */
async function checkedWaitId(
  shell: Shell,
  run: RunState,
  payload: JsonValue,
  options: ResumeOptions,
): Promise<string> {
  const { waitId, waitKey } = options;
  if (waitId === undefined && waitKey === undefined) {
    throw new AbstractRuntimeError(
      "invalid_argument",
      "say which wait is answered: give its waitId or its waitKey",
    );
  }
  if (waitId !== undefined && run.pending?.waitId === waitId) return waitId;
  const { waiting } = run;
  if (waiting === null || isEnded(run)) throw notWaiting(run);
  assertAddressed(waiting, options);
  if (waiting.gate !== null) throw notForAnswers(waiting, `a gate (${waiting.gate}): use settle`);
  if (waiting.reason === "subworkflow")
    throw notForAnswers(waiting, "the end of a child run, which ends it by itself");
  if (waiting.reason === "until" && waitId === undefined) throw notForAnswers(waiting, "a time");
  if (waiting.any) assertAsked(waiting, waitKey);
  checkAnswer(waiting, payload);
  const workflow = graphFor(shell.kernel.workflows, run);
  const schema = workflow?.answerSchemas.get(run.currentNode);
  if (schema !== undefined) copyJson(await validate(schema, payload, "answer"), "answer");
  return waiting.waitId;
}

function assertAddressed(waiting: Wait, { waitId, waitKey }: ResumeOptions): void {
  if (waitId !== undefined && waitId !== waiting.waitId) {
    const message = `the answer is for wait ${waitId}, but the run is at wait ${waiting.waitId}: load the run again`;
    throw new AbstractRuntimeError("wait_id_mismatch", message, {
      details: { expected: waiting.waitId, actual: waitId },
    });
  }
  if (waitKey === undefined || waiting.waitKeys.includes(waitKey) || waiting.waitKey === waitKey)
    return;
  const message = `wait_key mismatch: expected '${waiting.waitKeys.join("' or '")}', got '${waitKey}'`;
  throw new AbstractRuntimeError("wait_key_mismatch", message, {
    details: { expected: waiting.waitKeys, actual: waitKey },
  });
}

/** Of several things, an answer can only be what the wait asks a person. */
function assertAsked(waiting: Wait, waitKey: string | undefined): void {
  const userKey = userKeyOf(waiting);
  if (userKey === null)
    throw notForAnswers(waiting, "the first of several things, none of them an answer");
  if (waitKey !== undefined && waitKey !== userKey)
    throw notForAnswers(waiting, `an answer under '${userKey}'; for '${waitKey}', emit an event`);
}

function notWaiting(run: RunState): AbstractRuntimeError {
  const message = `run ${run.runId} is not waiting (it is ${run.status}): load it, it may have been answered already`;
  return new AbstractRuntimeError("run_not_waiting", message, {
    details: { runId: run.runId, status: run.status },
  });
}

function notForAnswers(waiting: Wait, what: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_answer", `wait ${waiting.waitId} is for ${what}`, {
    details: { waitId: waiting.waitId, reason: waiting.reason },
  });
}
