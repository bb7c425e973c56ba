import type { ErrorCode } from "../errors/codes.ts";
import { isId } from "../run/run-id.ts";
import { isEnded, type RunState } from "../run/run-state.ts";
import { failedOutcome, type FailedOutcome } from "../step/outcome.ts";
import type { Kernel } from "./kernel.ts";
import type { RunWriter } from "./run-writer.ts";

/**
 * Why a run can't wait for the ends of these runs, or null. It may for children that it started and does not wait for
 * otherwise, and of whose ends it was not told before. Any other wait would be for what never comes.
 *
 * @throws what the store throws
 */
export async function whyNotAwaitable(
  kernel: Kernel,
  writer: RunWriter,
  childIds: readonly string[],
): Promise<FailedOutcome | null> {
  for (const childId of childIds) {
    if (!isId(childId)) return failed("invalid_id", `"${childId}" is no id of a run`);
    const child = await childOf(kernel, writer, childId);
    if (child !== undefined && !isOwn(child, writer.runId))
      return failed("invalid_argument", `${childId} was not started by this run with async: true`);
    if (child !== undefined && !isEnded(child)) continue;
    if (await isEndToBeRead(kernel, writer, childId)) continue;
    if (child === undefined) return failed("run_not_found", `there is no run ${childId}`);
    return failed(
      "invalid_argument",
      `${childId} has ended, and this run was told so: leave it out`,
    );
  }
  return null;
}

async function childOf(
  { store }: Kernel,
  { newChildren }: RunWriter,
  childId: string,
): Promise<RunState | undefined> {
  const created = newChildren.find(({ runId }) => runId === childId);
  return created ?? (await store.load(childId))?.run;
}

/** Whether the parent started this run, and does not wait for it in the step that did. */
function isOwn({ parent }: RunState, parentId: string): boolean {
  return parent !== null && parent.runId === parentId && parent.waitId === null;
}

/** Whether the child's end is in the inbox. It came there with the commit that ended the child. */
async function isEndToBeRead(
  { store }: Kernel,
  writer: RunWriter,
  childId: string,
): Promise<boolean> {
  const inbox = await store.readInbox(writer.runId);
  return inbox.some(
    ({ message }) =>
      message.kind === "child_ended" &&
      message.childId === childId &&
      !writer.isReading(message.messageId),
  );
}

function failed(code: ErrorCode, why: string): FailedOutcome {
  return failedOutcome(code, `wait_any: payload.children: ${why}`, { final: true, certain: true });
}
