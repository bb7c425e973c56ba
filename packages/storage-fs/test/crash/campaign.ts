import { rm } from "node:fs/promises";
import { join } from "node:path";
import { Inspector } from "./inspector.ts";
import { type Fate, type Life, live } from "./live.ts";
import { endsOf } from "./ends.ts";
import { takePicture } from "./picture.ts";

/** After so many lives, a folder gets one that nobody kills: a fault that keeps work from its end must not hang a test. */
const maxLives = 200;

/** How the runs of a folder ended, by name. */
export type Ends = Readonly<Record<string, string>>;

/** One folder, in which workers live one after another until there is no work left. */
export interface Campaign {
  readonly script: string;
  /** Where the folder and the evidence are made, and removed at the end. */
  readonly dir: string;
  /** How the next life is to end. */
  readonly nextFate: (life: number) => Fate;
  /** Told after each life. */
  readonly onLife: (life: Life, fate: Fate) => void;
}

/**
 * Kill and restart workers over one folder until all runs have ended, and inspect it after each death.
 *
 * @returns how the runs ended
 * @throws Error the folder is not as it must be
 */
export async function runCampaign(campaign: Campaign): Promise<Ends> {
  const { script, dir, nextFate, onLife } = campaign;
  const [store, evidence] = [join(dir, "store"), join(dir, "evidence.jsonl")];
  const inspector = new Inspector(store, evidence);
  for (let life = 1; ; life += 1) {
    const fate = life > maxLives ? {} : nextFate(life);
    const lived = await live(script, { dir: store, evidence, life }, fate);
    onLife(lived, fate);
    const faults = await inspector.inspect(lived.lines);
    if (faults.length > 0) throw new Error(describe(dir, life, fate, lived, faults));
    if (lived.done && !lived.killed) break;
  }
  const ends = endsOf(await takePicture(store));
  await rm(dir, { recursive: true });
  return ends;
}

function describe(
  dir: string,
  life: number,
  fate: Fate,
  { lines }: Life,
  faults: readonly string[],
): string {
  const { crashAt, ...rest } = fate;
  const told = JSON.stringify({ ...rest, crashAt: Object.fromEntries(crashAt ?? []) });
  const last = lines.slice(-8).map((line) => JSON.stringify(line));
  return [`${dir}, life ${life}, ${told}`, ...faults, "It said last:", ...last].join("\n");
}
