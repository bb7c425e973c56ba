import { AbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import type { SettleMessage } from "../inbox/message.ts";
import { copyJson } from "../json/copy-json.ts";
import { exhausted } from "../limits/exhausted.ts";
import { textOf } from "../limits/limit-gate.ts";
import { formatInstant } from "../time/instant.ts";
import { assertAccepted } from "./assert-accepted.ts";
import { assertSender } from "./assert-text.ts";
import { loadRun, type Shell } from "./drive-run.ts";
import type { ResumeOptions } from "./resume-run.ts";
import { maxStepsOf } from "./max-steps.ts";
import { sendMessage } from "./send-message.ts";

/** How a gate ends: the effect happened, with this result; it did not happen, do it; or give it up. */
export type Verdict = { readonly happened: unknown } | "not_happened" | "give_up";

/**
 * End a gate: a wait before an effect whose outcome nobody knows or that a limit holds back, or before a run that is stuck.
 *
 * @throws limit_exceeded, run_not_found, run_not_waiting, wait_id_mismatch, invalid_argument, invalid_json_value
 */
export async function settleRun(
  shell: Shell,
  runId: string,
  waitId: string,
  verdict: Verdict,
  options: Pick<ResumeOptions, "by" | "drive" | "maxSteps" | "messageId" | "signal">,
): Promise<void> {
  const { kernel } = shell;
  shell.drivers.assertOpen();
  assertSender(options);
  const stored = await loadRun(kernel, runId);
  const { waiting, pending } = stored.run;
  if (waiting === null || waiting.gate === null) {
    throw new AbstractRuntimeError(
      "run_not_waiting",
      `run ${runId} stands before no gate: load it again`,
    );
  }
  if (waiting.waitId !== waitId) {
    const message = `run ${runId} stands before gate ${waiting.waitId}, not ${waitId}: load it again`;
    throw new AbstractRuntimeError("wait_id_mismatch", message, {
      details: { expected: waiting.waitId, actual: waitId },
    });
  }
  const said = readVerdict(verdict);
  if (said.verdict === "happened" && pending === null) {
    throw new AbstractRuntimeError(
      "invalid_argument",
      "no effect is pending: settle not_happened or give_up",
    );
  }
  const bounds = waiting.gate === "limit" ? exhausted(stored.run.vars) : [];
  if (said.verdict === "not_happened" && bounds.length > 0) {
    const problem = `${textOf(bounds)}: raise it with updateLimits, or settle give_up`;
    throw new AbstractRuntimeError("limit_exceeded", problem, {
      details: { exhausted: bounds.map((bound) => ({ ...bound })) },
    });
  }
  const message: SettleMessage = {
    kind: "settle",
    messageId: options.messageId ?? kernel.ids.token(),
    by: options.by ?? null,
    sentAt: formatInstant(kernel.clock.now()),
    waitId,
    ...said,
  };
  const maxSteps = options.drive === false ? 0 : maxStepsOf(options.maxSteps);
  const { signal } = options;
  const sending = { maxSteps, signal, mayRepeat: false };
  const reader = await sendMessage(shell, stored, message, sending);
  await assertAccepted(shell, message.messageId, { run: stored.run, reader });
}

function readVerdict(verdict: Verdict): Pick<SettleMessage, "verdict" | "result"> {
  if (verdict === "not_happened" || verdict === "give_up") return { verdict, result: null };
  if (typeof verdict === "object" && verdict !== null && "happened" in verdict) {
    const { happened } = verdict;
    return {
      verdict: "happened",
      result: copyJson(happened === undefined ? null : happened, "happened"),
    };
  }
  throw new AbstractRuntimeError(
    "invalid_argument",
    'a verdict is { happened: result }, "not_happened" or "give_up"',
  );
}
