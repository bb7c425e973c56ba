import { seededRandom } from "@abstractruntime/testkit";
import { expect, it } from "vitest";
import { crashPoints } from "../../src/index.ts";
import { openLaboratory } from "./laboratory.ts";
import type { Fate, Life } from "./live.ts";

const wantedKills = 20;

/** Campaigns at the same time: workers wait for the disk now and then. */
const lanes = 2;

/** Enough for any luck; a point that is never reached must not keep the test going. */
const maxFolders = 60;

it(`loses nothing and does nothing twice, killed ${wantedKills} times at each named point`, async () => {
  const { undisturbed, campaign } = await openLaboratory();
  const passes = passesOf(undisturbed.life);
  const kills = new Map<string, number>(crashPoints.map((name) => [name, 0]));
  const wanting = (): readonly string[] =>
    crashPoints.filter((name) => (kills.get(name) ?? 0) < wantedKills);

  /** Armed are all points that want kills, each for one of its first passes: the rarer, the sooner. */
  const nextFate = (random: () => number): Fate => {
    const crashAt = new Map(
      wanting().map((name) => {
        const range = Math.min(12, Math.ceil((passes.get(name) ?? 0) / 4));
        return [name, 1 + Math.floor(random() * range)];
      }),
    );
    const isToClose = crashAt.has("close:checkpoints-written") && random() < 0.3;
    return isToClose ? { crashAt, stopAfter: 20 + Math.floor(random() * 100) } : { crashAt };
  };
  const onLife = ({ killed, lines }: Life): void => {
    const last = lines.at(-1);
    if (killed && last?.kind === "point") kills.set(last.name, (kills.get(last.name) ?? 0) + 1);
  };

  let folders = 0;
  const lane = async (): Promise<void> => {
    while (wanting().length > 0 && folders < maxFolders) {
      folders += 1;
      const random = seededRandom(folders);
      const what = { nextFate: () => nextFate(random), onLife };
      expect(await campaign(`folder-${folders}`, what)).toEqual(undisturbed.ends);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));

  expect(Object.fromEntries(kills)).toEqual(
    Object.fromEntries(crashPoints.map((name) => [name, expect.toSatisfy(isEnough)])),
  );
}, 900_000);

const isEnough = (count: number): boolean => count >= wantedKills;

/** How often a life passed each point. */
function passesOf({ lines }: Life): ReadonlyMap<string, number> {
  const names = lines.flatMap((line) => (line.kind === "point" ? [line.name] : []));
  return new Map(crashPoints.map((name) => [name, names.filter((at) => at === name).length]));
}
