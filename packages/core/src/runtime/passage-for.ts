import { AbstractRuntimeError, isAbstractRuntimeError } from "../errors/abstract-runtime-error.ts";
import { findPassage, type NoPassage, type Passage } from "../migration/passage.ts";
import type { JsonObject } from "../json/json-value.ts";
import type { Obstacle } from "../migration/obstacle.ts";
import { isEntered, type RunState } from "../run/run-state.ts";
import { notRegistered } from "../workflow/workflow-registry.ts";
import type { Shell } from "./drive-run.ts";
import { newLease } from "./drivers.ts";

/** How often other writers of a parent may come first before its branch is left for later. */
const MAX_CONFLICTS = 5;

/**
 * The registered graph that may drive a run, and what has to be written before. If the run is a branch of one that is not
 * migrated yet, that one is migrated now; the run itself is only looked at.
 *
 * @throws workflow_not_registered, workflow_changed; run_leased or revision_conflict when others hold or write the parent
 */
export async function passageFor(shell: Shell, run: RunState): Promise<Passage> {
  const { workflows, store, clock, limits } = shell.kernel;
  for (let conflicts = 0; ; conflicts += 1) {
    const passage = await findPassage({ workflows, store, limits, now: clock.now() }, run);
    if ("obstacles" in passage) throw noPassage(run, passage);
    if (passage.first === null) return passage;
    try {
      await migrate(shell, passage.first);
    } catch (error) {
      const isOvertaken = isAbstractRuntimeError(error, "revision_conflict");
      if (!isOvertaken || conflicts === MAX_CONFLICTS) throw error;
    }
  }
}

/** Migrate a run that nobody holds, without calling its handlers. Its messages and timers are seen to in the same commit. */
async function migrate(shell: Shell, runId: string): Promise<void> {
  const { kernel, drivers } = shell;
  const subject = await kernel.store.load(runId);
  if (subject === undefined) return;
  const { workflow, migration } = await passageFor(shell, subject.run);
  if (migration === null) return;
  const start = { subject, lease: newLease(kernel), held: false, workflow, maxSteps: 0 };
  const driver = drivers.make(kernel, start);
  driver.add([migration]);
  if (subject.head.inboxSize > 0)
    for (const message of await kernel.store.readInbox(runId)) driver.receive(message);
  await drivers.drive(driver);
}

function noPassage(run: RunState, { obstacles }: NoPassage): AbstractRuntimeError {
  const { runId, workflowId, workflowVersion, graphHash } = run;
  if (obstacles.length === 0) return notRegistered(workflowId);
  const reasons = obstacles.map(({ message }) => message).join("; ");
  return new AbstractRuntimeError(
    "workflow_changed",
    `run ${runId} ${startedBy(run)}, and what is registered can't drive it: ${reasons}. ` +
      (isEntered(run)
        ? "Register the old version beside it, or offer a migration"
        : "Register that version, or leave the run to whoever has it"),
    {
      details: { runId, workflowId, workflowVersion, graphHash, obstacles: obstacles.map(asJson) },
    },
  );
}

function startedBy(run: RunState): string {
  const { workflowId, workflowVersion, graphHash } = run;
  if (!isEntered(run)) return `of workflow ${workflowId} has not begun`;
  const by = graphHash === null ? "0.2.0" : `version ${workflowVersion}, graph ${graphHash}`;
  return `was started by ${by} of workflow ${workflowId}`;
}

function asJson({ code, message }: Obstacle): JsonObject {
  return { code, message };
}
