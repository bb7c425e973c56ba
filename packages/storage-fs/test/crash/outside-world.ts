import {
  isAbstractRuntimeError,
  isEnded,
  type Runtime,
  type RunState,
  type Verdict,
  type Wait,
} from "@abstractruntime/core";
import type { EvidenceLog } from "./evidence.ts";
import { starts } from "./workflows.ts";

interface Surroundings {
  readonly runtime: Runtime;
  readonly evidence: EvidenceLog;
  readonly random: () => number;
  /** Called when a message was accepted, for these runs. */
  readonly accepted: (messageId: string, runIds: readonly string[]) => void;
}

/** Answers that mean: this was said before, and has done what it could. */
const saidBefore = new Set(["run_ended", "run_not_waiting", "wait_id_mismatch"]);

const listeners = Object.keys(starts).filter((runId) => runId.startsWith("listen-"));

/**
 * Everybody outside of the runs: starts them, answers, sends events, settles and cancels until all have ended. It keeps
 * nothing from one life to the next; so it says all again that may have been said, under the same names.
 */
export class OutsideWorld {
  readonly #with: Surroundings;

  constructor(surroundings: Surroundings) {
    this.#with = surroundings;
  }

  async work(): Promise<void> {
    await Promise.all([this.#sendEarly(), this.#startAll()]);
    await Promise.all(listeners.map((runId) => this.#sendSeveral(runId)));
    for (let open = await this.#open(); open.length > 0; open = await this.#open()) {
      const before = await this.#revisions();
      await Promise.all(open.map((run) => this.#see(run)));
      if ((await this.#revisions()) === before) await new Promise((done) => setTimeout(done, 1));
    }
  }

  async #startAll(): Promise<void> {
    const { runtime, random } = this.#with;
    const all = Object.entries(starts).map(([id, workflow]) =>
      runtime.start(workflow, { id, vars: {}, drive: random() < 0.5 }),
    );
    await Promise.all(all);
  }

  /** Events whose waits come later, or have been. */
  async #sendEarly(): Promise<void> {
    for (const runId of listeners) await this.#emit(`early:${runId}`);
  }

  /** Three events under one key, to one run, in this order. */
  async #sendSeveral(runId: string): Promise<void> {
    const { runtime, accepted, random } = this.#with;
    for (const number of [1, 2, 3]) {
      const eventId = `several:${number}`;
      const sent = runtime.emitEvent(`several:${runId}`, number, {
        eventId,
        runId,
        drive: random() < 0.5,
      });
      if (await wasAccepted(sent)) accepted(eventId, [runId]);
    }
  }

  /** Runs that have not ended. Those that another waits for are seen to with it. */
  async #open(): Promise<readonly RunState[]> {
    const open = (await this.#runs()).filter((run) => !isEnded(run));
    const awaited = new Set(open.map(({ waiting }) => waiting?.details?.["sub_run_id"]));
    return open.filter(({ runId }) => !awaited.has(runId));
  }

  async #runs(): Promise<readonly RunState[]> {
    return (await this.#with.runtime.listRuns({ limit: 1_000 })).items;
  }

  async #revisions(): Promise<string> {
    return (await this.#runs()).map(({ runId, revision }) => `${runId} ${revision}`).join();
  }

  /** Do what a run needs from outside, or drive it. */
  async #see(run: RunState): Promise<void> {
    const { waiting } = run;
    if (waiting === null) return this.#drive(run);
    if (waiting.gate !== null) return this.#settle(run, waiting);
    if (waiting.reason === "user") return this.#answer(run, waiting);
    if (waiting.reason === "subworkflow") return this.#seeFamily(run, waiting);
    if (waiting.reason === "event" && waiting.timeout === null) return this.#hear(run, waiting);
    return this.#drive(run);
  }

  async #drive({ runId }: RunState): Promise<void> {
    await this.#with.runtime.run(runId);
  }

  async #seeFamily(run: RunState, { details }: Wait): Promise<void> {
    if (run.workflowId === "victim") return this.#cancel(run);
    const childId = details?.["sub_run_id"];
    if (typeof childId === "string") {
      const child = await this.#with.runtime.getState(childId);
      if (!isEnded(child)) await this.#see(child);
    }
    await this.#drive(run);
  }

  async #cancel({ runId }: RunState): Promise<void> {
    const messageId = "cancel";
    const sent = this.#with.runtime.cancelRun(runId, "it has waited enough", { messageId });
    if (await wasAccepted(sent)) this.#with.accepted(messageId, [runId]);
  }

  async #answer({ runId, vars }: RunState, { waitId, stepId }: Wait): Promise<void> {
    const { runtime, random, accepted } = this.#with;
    const said = vars["said"];
    const answer = Array.isArray(said) && said.length % 2 === 1 ? "no" : "yes";
    const messageId = `answer:${stepId}`;
    const sent = runtime.resume(runId, answer, { waitId, messageId, drive: random() < 0.5 });
    if (await wasAccepted(sent)) accepted(messageId, [runId]);
  }

  /** An effect of unknown outcome has happened if there is evidence that it has. */
  async #settle({ runId, pending }: RunState, { waitId, gate }: Wait): Promise<void> {
    const { runtime, evidence, accepted } = this.#with;
    const deeds = evidence.of(pending?.stepId ?? "");
    const done = deeds.find(({ phase }) => phase === "end");
    const verdict: Verdict =
      gate === "unknown_outcome" && done !== undefined ? { happened: done.result } : "not_happened";
    const messageId = `settle:${waitId}`;
    if (await wasAccepted(runtime.settle(runId, waitId, verdict, { messageId })))
      accepted(messageId, [runId]);
  }

  async #hear(run: RunState, { waitKeys }: Wait): Promise<void> {
    const key = waitKeys.at(-1) ?? "";
    const isSent = /^(cancelled-first|early:|several:)/.test(key);
    if (!isSent && (key !== "shared" || (await this.#allAreReady()))) await this.#emit(key);
    await this.#drive(run);
  }

  /** Whether every listener waits for the shared event, or has it. */
  async #allAreReady(): Promise<boolean> {
    const runs = (await this.#runs()).filter(({ workflowId }) => workflowId === "listen");
    return runs.every(
      ({ vars, waiting }) => vars["shared"] !== undefined || waiting?.waitKey === "shared",
    );
  }

  /** To whoever waits for it now, else to the first that will. */
  async #emit(key: string): Promise<void> {
    const { runtime, random, accepted } = this.#with;
    const eventId = `event:${key}`;
    const payload = key.startsWith("heavy:") ? "x".repeat(66_000) : { heard: key };
    const options = { eventId, drive: random() < 0.5 };
    const { deliveredTo, kept } = await runtime.emitEvent(key, payload, options);
    if (kept || deliveredTo.length > 0) accepted(eventId, deliveredTo);
  }
}

/** @returns false when it was said before, and is of no use any more. */
async function wasAccepted(sent: Promise<unknown>): Promise<boolean> {
  try {
    await sent;
    return true;
  } catch (error) {
    if (isAbstractRuntimeError(error) && saidBefore.has(error.code)) return false;
    throw error;
  }
}
