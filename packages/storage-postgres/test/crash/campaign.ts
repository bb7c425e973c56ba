import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Runtime } from "@abstractruntime/core";
import { seededRandom } from "@abstractruntime/testkit";
import { PostgresStore } from "../../src/index.ts";
import { ask } from "../database.ts";
import { effects } from "./effects.ts";
import { Fleet } from "./fleet.ts";
import { OutsideWorld } from "./outside-world.ts";
import { judge, type Verdict } from "./verdict.ts";
import { workflows } from "./workflows.ts";

const TELL_MS = 5_000;

export interface Campaign {
  readonly url: string;
  /** Runs that are started; their children come besides. */
  readonly runs: number;
  readonly workers: number;
  /** What a worker runs, if it is to drive otherwise than `worker.ts`, and what that is given besides its job. */
  readonly script?: string;
  readonly args?: readonly string[];
  /** At most so many runs are open at a time; all by default. */
  readonly openAtMost?: number;
  /** When aborted, no more are started: the campaign ends with those that are there. */
  readonly enough?: AbortSignal;
  readonly seed: number;
  /** Does harm until the signal says that all work is done. */
  readonly disturb: (fleet: Fleet, random: () => number, signal: AbortSignal) => Promise<void>;
  /** Does something with the database before anybody works on it. */
  readonly prepare?: (schema: string) => Promise<void>;
  /** Looks at the database when all work is done. */
  readonly inspect?: (schema: string, fleet: Fleet) => Promise<void>;
  /** Hears every few seconds how far it is. */
  readonly tell?: (progress: Progress) => void;
}

/** How far a campaign is; runs with their children. */
export interface Progress {
  readonly seconds: number;
  readonly ended: number;
  readonly open: number;
  readonly kills: number;
}

export interface CampaignReport extends Verdict {
  readonly kills: number;
  readonly seconds: number;
}

/**
 * Let a fleet of workers carry out all runs, and answer what they ask, while somebody does harm.
 *
 * @throws Error something is not as it must be
 */
export async function runCampaign(campaign: Campaign): Promise<CampaignReport> {
  const { url, disturb, seed, tell, runs } = campaign;
  const { openAtMost = runs, workers: size } = campaign;
  const random = seededRandom(seed);
  const begunAt = performance.now();
  const dir = await mkdtemp(join(tmpdir(), "campaign-"));
  const schema = `c_${randomUUID().replaceAll("-", "")}`;
  const store = await PostgresStore.open({ connectionString: url, schema });
  await campaign.prepare?.(schema);
  const { script, args } = campaign;
  const fleet = await Fleet.launch({ url, schema, size, dir, script, args });
  await using runtime = new Runtime({
    store,
    workflows,
    effects: Object.values(effects),
    context: fleet.note,
    leaseMs: 2_000,
  });
  const done = new AbortController();
  try {
    const world = new OutsideWorld(runs, { store, runtime, fleet, random });
    const harm = disturb(fleet, random, done.signal);
    if (tell !== undefined) void follow({ url, tell, schema, fleet, signal: done.signal });
    for (let open: number | undefined = 0; fleet.failures.length === 0;) {
      if (campaign.enough?.aborted === true) world.closeDoor();
      if (open !== undefined) await world.startNext(openAtMost - open);
      await world.seeToAll();
      await new Promise((resolve) => setTimeout(resolve, 50));
      open = (await countRuns(url, schema))?.open;
      if (open === 0 && world.hasStartedAll) break;
    }
    done.abort();
    await harm;
    await fleet.stop();
    const { runIds, accepted } = world;
    const verdict = await judge(store, { runIds, accepted, lines: fleet.lines() });
    await campaign.inspect?.(schema, fleet);
    const faults = [...fleet.failures, ...verdict.faults];
    const where = `seed ${seed}, schema ${schema}, evidence in ${dir}`;
    if (faults.length > 0) throw new Error([where, ...faults.slice(0, 20)].join("\n"));
    const seconds = Math.round((performance.now() - begunAt) / 1_000);
    await rm(dir, { recursive: true });
    return { ...verdict, kills: fleet.kills, seconds };
  } finally {
    done.abort();
    fleet.abandon();
  }
}

interface Following extends Required<Pick<Campaign, "url" | "tell">> {
  readonly schema: string;
  readonly fleet: Fleet;
  readonly signal: AbortSignal;
}

async function follow({ url, tell, schema, fleet, signal }: Following): Promise<void> {
  const begunAt = performance.now();
  while (!signal.aborted) {
    const counts = await countRuns(url, schema);
    const seconds = Math.round((performance.now() - begunAt) / 1_000);
    if (counts !== undefined) tell({ ...counts, kills: fleet.kills, seconds });
    await new Promise((resolve) => setTimeout(resolve, TELL_MS).unref());
  }
}

/** How many runs have ended and how many have not; undefined while the server can't say. */
async function countRuns(
  url: string,
  schema: string,
): Promise<Pick<Progress, "ended" | "open"> | undefined> {
  try {
    const [row] = await ask<Pick<Progress, "ended" | "open">>(
      url,
      `select count(*) filter (where ended_ms is not null)::integer as ended,
        count(*) filter (where ended_ms is null)::integer as open from ${schema}.runs`,
    );
    return row;
  } catch {
    return undefined;
  }
}
