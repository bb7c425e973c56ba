import {
  AbstractRuntimeError,
  createClient,
  isAbstractRuntimeError,
  isEnded,
  randomIds,
  systemClock,
  type Client,
  type Clock,
  type Ids,
  type EffectDefinition,
  type RunState,
  type Workflow,
} from "@abstractruntime/core";
import { canonicalJson } from "@abstractruntime/core/store";
import { backfillOf, countTicks } from "./backfill.ts";
import type { Command, SentCommand } from "./commands.ts";
import {
  assertScheduleId,
  commandKey,
  SCHEDULE_WORKFLOW_ID,
  scheduleRunId,
  scheduleSessionId,
  triggerRunId,
} from "./names.ts";
import { assertNames, inputOf, overlapOf, parseSettings } from "./parse-settings.ts";
import { scheduleEffects } from "./schedule-effects.ts";
import { scheduleInfo, type ScheduleInfo } from "./schedule-info.ts";
import type {
  BackfillOptions,
  NewSchedule,
  ScheduleSettings,
  SchedulesOptions,
  TriggerOptions,
} from "./schedule-options.ts";
import { assertInput, assertNotPaused, assertTicks, hasTicks } from "./check-schedule.ts";
import { generationOf, ScheduleRuns } from "./schedule-runs.ts";
import { defaultSpec, type ScheduleSpec } from "./schedule-spec.ts";
import type { ScheduleVars } from "./schedule-vars.ts";
import { scheduleWorkflow } from "./schedule-workflow.ts";

/** A command that nobody reads is kept for a year. */
const KEEP_MS = 366 * 86_400_000;

/**
 * Durable schedules: each is a run of a workflow of this package, kept in the store like all others. Whoever has that
 * workflow and its effects drives it, and starts one run of the scheduled workflow per tick, however many do so. This
 * object itself drives nothing: what is asked of it is stored, and done by the drivers.
 *
 * @example
 * const schedules = new Schedules({ store });
 * const runtime = new Runtime({ store, workflows: [report, ...schedules.workflows], effects: schedules.effects });
 * await schedules.create({ id: "nightly", workflow: report, cron: "0 3 * * *", timeZone: "Europe/Berlin" });
 */
export class Schedules {
  /** For `new Runtime({ workflows })`, of every process that drives schedules. */
  readonly workflows: readonly Workflow[] = [scheduleWorkflow];
  /** For `new Runtime({ effects })`, of the same. */
  readonly effects: readonly EffectDefinition[];
  readonly #client: Client;
  readonly #runs: ScheduleRuns;
  readonly #clock: Clock;
  readonly #ids: Ids;
  readonly #turnsPerRun: number;

  /** @throws invalid_argument */
  constructor(options: SchedulesOptions) {
    const { store, clock = systemClock, ids = randomIds, turnsPerRun = 500 } = options;
    if (!(Number.isInteger(turnsPerRun) && turnsPerRun >= 10 && turnsPerRun <= 10_000))
      throw invalid("turnsPerRun: give a whole number from 10 to 10,000");
    this.#client = createClient({ store, clock, ids, closesStore: false });
    this.#runs = new ScheduleRuns(this.#client, clock);
    this.#clock = clock;
    this.#ids = ids;
    this.#turnsPerRun = turnsPerRun;
    this.effects = scheduleEffects(store, this.#client, clock);
  }

  /**
   * Begin a schedule. One that exists and is to do the same is left as it is, also after its last tick.
   *
   * @throws invalid_argument; schema_mismatch the workflow refuses such vars; run_exists the schedule exists and is to do
   *   something else: `update` it
   */
  async create(schedule: NewSchedule): Promise<ScheduleInfo> {
    const { id, ...settings } = schedule;
    const { workflow } = settings;
    assertScheduleId(id);
    const given = parseSettings(settings);
    const { workflow_id: workflowId, timing } = given;
    if (workflowId === undefined) throw invalid("workflow: say what each tick is to start");
    if (timing === undefined) throw invalid("schedule: say when; give one of cron, every and at");
    const spec: ScheduleSpec = { ...defaultSpec, ...given, workflow_id: workflowId, timing };
    const known = await this.#runs.living(id);
    if (known !== undefined) return this.#sameAs(known, id, spec);
    const last = await this.#runs.last(id);
    const now = this.#clock.now();
    if (last?.status === "completed" && isOf(last, spec) && !hasTicks(spec, now))
      return scheduleInfo(last, now);
    assertTicks(spec, now);
    await assertInput(id, spec, workflow, now);
    const generation = last === undefined ? 1 : generationOf(last) + 1;
    const vars: ScheduleVars = {
      schedule: {
        id,
        incarnation: this.#ids.token(),
        generation,
        predecessor: null,
        turns_per_run: this.#turnsPerRun,
      },
      spec,
      state: null,
      told: {},
    };
    const runId = scheduleRunId(id, generation);
    const sessionId = scheduleSessionId(id);
    try {
      await this.#client.start(SCHEDULE_WORKFLOW_ID, { id: runId, input: vars, sessionId });
    } catch (error) {
      if (!isAbstractRuntimeError(error, "run_exists")) throw error;
      return this.#sameAs(await this.#client.getState(runId), id, spec);
    }
    return scheduleInfo(await this.#client.getState(runId), this.#clock.now());
  }

  /**
   * Change what a schedule does; what is left out stays. New times count from the moment at which its driver reads them,
   * which is after a pause for a paused one.
   *
   * @throws invalid_argument, schema_mismatch, run_not_found, run_ended
   */
  async update(id: string, settings: ScheduleSettings): Promise<void> {
    const changes = parseSettings(settings);
    const run = await this.#runs.livingOrThrow(id);
    const spec = { ...varsOf(run).spec, ...changes };
    if ("timing" in changes || "end_at" in changes) assertTicks(spec, this.#clock.now());
    if ("workflow_id" in changes || "input" in changes)
      await assertInput(id, spec, settings.workflow, this.#clock.now());
    await this.#tell(run, { kind: "update", changes });
  }

  /**
   * Stop ticking until `unpause`. Runs that were started go on.
   *
   * @param options `by`: who does it, or why, for the ledger
   * @throws run_not_found, run_ended; run_leased its driver has not read it yet: it will, or ask again
   */
  async pause(id: string, options: { readonly by?: string | undefined } = {}): Promise<void> {
    await this.#runs.livingOrThrow(id);
    await this.#runs.pause(id, options.by);
  }

  /** Go on; what becomes of the ticks missed meanwhile is for `catchUp` to say. @throws run_not_found, run_ended */
  async unpause(id: string, options: { readonly by?: string | undefined } = {}): Promise<void> {
    const { runId } = await this.#runs.livingOrThrow(id);
    await this.#client.unpauseRun(runId, { by: options.by });
  }

  /**
   * Start a run now, beside the ticks.
   *
   * @returns its id. Where `overlap` says so, it is started later, or not at all.
   * @throws invalid_argument, schema_mismatch, run_not_found, run_ended, run_paused
   */
  async trigger(id: string, options: TriggerOptions = {}): Promise<{ readonly runId: string }> {
    assertNames(options, ["input", "overlap", "triggerId"], "trigger");
    const { triggerId = this.#ids.token() } = options;
    const overlap = overlapOf(options.overlap) ?? "allow";
    const run = await this.#runs.livingOrThrow(id);
    assertNotPaused(run, id);
    const input = options.input === undefined ? null : inputOf(options.input);
    assertScheduleId(triggerId);
    const runId = triggerRunId(id, triggerId);
    const scheduledFor = new Date(this.#clock.now()).toISOString();
    await this.#tell(
      run,
      {
        kind: "trigger",
        item: {
          kind: "trigger",
          run_id: runId,
          scheduled_for: scheduledFor,
          overlap,
          input,
          in_turn: false,
        },
      },
      runId,
    );
    return { runId };
  }

  /**
   * Start the runs of past ticks, also of some from before the schedule was created. A tick that has a run is left alone.
   *
   * @returns how many ticks there are between the two instants
   * @throws invalid_argument, run_not_found, run_ended, run_paused
   */
  async backfill(id: string, options: BackfillOptions): Promise<{ readonly ticks: number }> {
    const command = backfillOf(options, this.#clock.now());
    const run = await this.#runs.livingOrThrow(id);
    assertNotPaused(run, id);
    const { spec, state } = varsOf(run);
    const ticks = countTicks(spec, state?.anchor ?? run.createdAt, command);
    if (ticks > 0) await this.#tell(run, command);
    return { ticks };
  }

  /** A schedule, also one that has ended. @throws run_not_found, invalid_argument */
  async get(id: string): Promise<ScheduleInfo> {
    return scheduleInfo(await this.#runs.latestOrThrow(id), this.#clock.now());
  }

  /** All schedules that have not ended, by id. */
  async list(): Promise<readonly ScheduleInfo[]> {
    const now = this.#clock.now();
    const runs = await this.#runs.allLiving();
    return runs.map((run) => scheduleInfo(run, now));
  }

  /** End a schedule for good. Runs that it started go on. @throws run_not_found, invalid_argument */
  async remove(
    id: string,
    options: { readonly reason?: string; readonly by?: string } = {},
  ): Promise<void> {
    await this.#runs.latestOrThrow(id);
    await this.#runs.cancel(id, options.reason ?? "the schedule was removed", options.by);
  }

  #sameAs(run: RunState, id: string, spec: ScheduleSpec): ScheduleInfo {
    if (isOf(run, spec) && !isEnded(run)) return scheduleInfo(run, this.#clock.now());
    throw new AbstractRuntimeError(
      "run_exists",
      `schedule ${id} exists and does something else: update or remove it, or use another id`,
      { details: { runId: run.runId } },
    );
  }

  async #tell(run: RunState, command: Command, eventId?: string): Promise<void> {
    const { schedule } = varsOf(run);
    const sent: SentCommand = { incarnation: schedule.incarnation, command };
    const published = await this.#client.emitEvent(commandKey(schedule.id), sent, {
      eventId: eventId ?? this.#ids.token(),
      keepMs: KEEP_MS,
    });
    if (published.kept) await this.#runs.livingOrThrow(schedule.id);
  }
}

function isOf(run: RunState, spec: ScheduleSpec): boolean {
  return canonicalJson(run.vars["spec"] ?? null) === canonicalJson({ ...spec });
}

function varsOf(run: RunState): ScheduleVars {
  return run.vars as unknown as ScheduleVars;
}

function invalid(message: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_argument", message);
}
