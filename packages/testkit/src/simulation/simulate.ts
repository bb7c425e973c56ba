import type { LedgerRecord } from "@abstractruntime/core";
import type { JsonValue, StoredRun } from "@abstractruntime/core/store";
import { comparableEnd } from "./comparable-end.ts";
import type { Execution } from "./simulated-world.ts";
import { Simulation, type SimulationCounts } from "./simulation.ts";
import type { SimulatedCrash } from "./wire.ts";
import type { Accepted } from "./witness.ts";
import type { SimulationOptions } from "./simulation-options.ts";

/** A run at the end of a simulation. */
export interface SimulatedRun extends StoredRun {
  readonly ledger: readonly LedgerRecord[];
}

export interface SimulationReport extends SimulationCounts {
  readonly seed: number;
  /** All runs, children included, by id. */
  readonly runs: ReadonlyMap<string, SimulatedRun>;
  /**
   * How the runs that were started ended, by id: their status, vars, output, error and effects, and their children's,
   * without ids and times. The same with and without crashes, if handlers are deterministic and answers do not depend
   * on time.
   */
  readonly ends: Readonly<Record<string, JsonValue>>;
  /** Every call of an effect's handler, in order. */
  readonly executions: readonly Execution[];
  readonly crashes: readonly SimulatedCrash[];
  /** Messages of which the outside was told that they are accepted, in order. */
  readonly accepted: readonly Accepted[];
  /** Actions from outside that the runtime refused, with its code: an answer that came after a timeout, for example. */
  readonly refusals: readonly { readonly errand: string; readonly code: string }[];
  /** What happened, line by line. */
  readonly trace: readonly string[];
}

/** Something happened that must not, or did not happen that must. The message has the seed and the end of the trace. */
export class SimulationError extends Error {
  override readonly name = "SimulationError";
  readonly violations: readonly string[];
  readonly report: SimulationReport;

  constructor(violations: readonly string[], report: SimulationReport) {
    const shown = report.trace.slice(-60);
    super([`seed ${report.seed}: ${violations.join("; ")}`, ...shown].join("\n"));
    this.violations = violations;
    this.report = report;
  }
}

/**
 * Drive workflows by several processes over one store, in virtual time and in an order decided by a seed, with crashes,
 * lost answers, delays and partitions, until all runs have ended or wait for the outside.
 *
 * All the while it is checked that the ledger folds to the state at every revision, without gaps; that no two processes
 * write under one lease; that no effect is executed after its end was committed, and a `never` one once unless somebody
 * said that it did not happen; that nothing accepted is lost or overtaken by a timeout; and that no run is left standing
 * that could move.
 *
 * @throws SimulationError one of these does not hold. The same options give the same trace, so the seed is the report;
 *   over a store that does I/O, almost the same.
 */
export async function simulate(options: SimulationOptions): Promise<SimulationReport> {
  const simulation = new Simulation(options);
  await simulation.run();
  const report = await reportOf(simulation, options);
  if (simulation.violations.length > 0) throw new SimulationError(simulation.violations, report);
  return report;
}

async function reportOf(
  simulation: Simulation,
  options: SimulationOptions,
): Promise<SimulationReport> {
  const stored = await simulation.runs();
  const runs = new Map(
    stored.map(({ run, head }) => {
      const ledger = simulation.witness.ledger(run.runId);
      return [run.runId, { run, head, ledger }] as const;
    }),
  );
  const { seed, refusals, crashes, counts } = simulation;
  return {
    seed,
    runs,
    ends: Object.fromEntries(options.start.map(({ id }) => [id, comparableEnd(id, runs)])),
    executions: simulation.world.executions,
    crashes,
    accepted: simulation.witness.acceptances,
    refusals,
    trace: simulation.trace.lines,
    ...counts,
  };
}
