import { seededRandom } from "@abstractruntime/testkit";
import { expect, it } from "vitest";
import { openLaboratory } from "./laboratory.ts";
import type { Life } from "./live.ts";

const wantedKills = 200;

/** Kills come after so many lines at the most; a whole life says about 1,200. */
const maxLines = 110;

/** So many turns of an empty loop take about as long as a few writes do. */
const maxSpin = 1_000_000;

/** In one of so many lives the kill comes while the folder is being opened. */
const openingKills = 8;

it("loses nothing and does nothing twice, killed at 200 random moments", async () => {
  const { undisturbed, campaign } = await openLaboratory();
  const random = seededRandom(20_260);
  const killed: Life[] = [];
  for (let folder = 1; killed.length < wantedKills; folder += 1) {
    const ends = await campaign(`folder-${folder}`, {
      nextFate: (life) => ({
        killAfter: life % openingKills === 0 ? 1 : 1 + Math.floor(random() * maxLines),
        spin: Math.floor(random() * maxSpin * (life % openingKills === 0 ? 10 : 1)),
      }),
      onLife: (life) => {
        if (life.killed) killed.push(life);
      },
    });
    expect(ends).toEqual(undisturbed.ends);
  }
  expect(killed.length).toBeGreaterThanOrEqual(wantedKills);
}, 900_000);
