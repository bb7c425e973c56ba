import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { freshFolder } from "../fresh-folder.ts";
import { bundleScripts } from "./bundle-scripts.ts";
import { type Campaign, type Ends, runCampaign } from "./campaign.ts";
import type { Life } from "./live.ts";

/** A place for campaigns, with the end that each of them must come to. */
export interface Laboratory {
  /** The end of all runs, and the one life, of a folder in which nobody was killed. */
  readonly undisturbed: { readonly ends: Ends; readonly life: Life };
  readonly campaign: (name: string, what: Pick<Campaign, "nextFate" | "onLife">) => Promise<Ends>;
}

/** Make a place for campaigns, removed when the test ends. */
export async function openLaboratory(): Promise<Laboratory> {
  const place = await freshFolder();
  const script = (await bundleScripts(place))("worker");
  const campaign: Laboratory["campaign"] = async (name, what) => {
    const dir = join(place, name);
    await mkdir(dir);
    return runCampaign({ script, dir, ...what });
  };
  const lives: Life[] = [];
  const onLife = (life: Life): void => void lives.push(life);
  const ends = await campaign("undisturbed", { nextFate: () => ({}), onLife });
  const [life] = lives;
  if (life === undefined || lives.length > 1 || !life.done)
    throw new Error("a worker that nobody kills does all the work");
  return { undisturbed: { ends, life }, campaign };
}
