import { appendFile, mkdir, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { freshFolder } from "../fresh-folder.ts";
import { bundleScripts } from "./bundle-scripts.ts";
import type { Deed } from "./evidence.ts";
import { Inspector } from "./inspector.ts";
import type { Line } from "./job.ts";
import { live } from "./live.ts";

/** What a worker left that did all the work, and was killed when it had done so. */
async function aftermath(): Promise<{
  readonly dir: string;
  readonly evidence: string;
  readonly lines: readonly Line[];
  readonly inspector: Inspector;
}> {
  const place = await freshFolder();
  const [dir, evidence] = [join(place, "store"), join(place, "evidence.jsonl")];
  await mkdir(dir);
  const script = (await bundleScripts(place))("worker");
  const crashAt = new Map([["close:checkpoints-written", 1]]);
  const { lines, killed } = await live(script, { dir, evidence, life: 1 }, { crashAt });
  expect(killed).toBe(true);
  return { dir, evidence, lines, inspector: new Inspector(dir, evidence) };
}

describe("the inspector of crash tests", () => {
  it("finds nothing where nothing is wrong, and sees an effect that is done again", async () => {
    const { evidence, lines, inspector } = await aftermath();
    expect(await inspector.inspect(lines)).toEqual([]);

    const deeds = (await readFile(evidence, "utf8")).split("\n");
    const deed = JSON.parse(deeds[0] ?? "") as Deed;
    await appendFile(evidence, `${deeds[0]}\n${JSON.stringify({ ...deed, attempt: 2 })}\n`);
    expect(await inspector.inspect([])).toEqual([
      `${deed.stepId} performed one attempt twice`,
      `${deed.stepId} performed an attempt that no record begins`,
      `${deed.stepId} was performed after its end`,
      `${deed.stepId} had ended and was performed again`,
    ]);
  });

  it("sees a commit that was lost", async () => {
    const { dir, lines, inspector } = await aftermath();
    await rm(join(dir, "run_talk.json"));
    const ledger = join(dir, "ledger_talk.jsonl");
    const text = await readFile(ledger, "utf8");
    // The last commit may be more records than one: the others go as its torn tail.
    await truncate(ledger, text.trimEnd().lastIndexOf("\n") + 1);
    expect(await inspector.inspect(lines)).toContainEqual(
      expect.stringMatching(/^talk was committed at revision \d+ and is at \d+$/),
    );
  });

  it("sees a run that was lost, and the messages and effects that went with it", async () => {
    const { dir, lines, inspector } = await aftermath();
    const names = (await readdir(dir)).filter((name) => name.includes("listen-1"));
    for (const name of names) await rm(join(dir, name));
    const faults = await inspector.inspect(lines);
    expect(faults).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^listen-1 was committed at revision \d+ and is at 0$/),
        "listen-1 has message several:1 0 times",
        "listen-1:1 was performed and is in no ledger",
      ]),
    );
  });

  it("sees a child that was lost", async () => {
    const { dir, lines, inspector } = await aftermath();
    const ledger = await readFile(join(dir, "ledger_victim.jsonl"), "utf8");
    const [, child] = /"sub_run_id": ?"([0-9a-f]+)"/.exec(ledger) ?? [];
    for (const name of await readdir(dir))
      if (name.includes(child ?? "none")) await rm(join(dir, name));
    expect(await inspector.inspect(lines)).toContain(`child ${child} is lost`);
  });

  it("sees a state that is not the fold of its ledger", async () => {
    const { dir, lines, inspector } = await aftermath();
    const file = join(dir, "run_heavy.json");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace('"rounds": 6', '"rounds": 7'));
    expect(await inspector.inspect(lines)).toContain(
      "heavy: the fold of its ledger is not its state",
    );
  });
});
