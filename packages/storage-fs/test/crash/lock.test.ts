import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, it, onTestFinished } from "vitest";
import { freshFolder } from "../fresh-folder.ts";
import { bundleScripts } from "./bundle-scripts.ts";
import type { Attempt } from "./opener.ts";

/** A process that opens folders when told to. */
class Opener {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor(script: string) {
    const child = spawn(process.execPath, [script], { stdio: ["pipe", "pipe", "inherit"] });
    this.#child = child;
    this.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    onTestFinished(() => void child.kill("SIGKILL"));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  async open(dir: string): Promise<Attempt> {
    this.#child.stdin?.write(`${dir}\n`);
    const { value } = await this.#answers.next();
    return JSON.parse(String(value)) as Attempt;
  }

  /** Resolves when the process is gone. */
  async kill(): Promise<void> {
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }
}

async function openers(count: number): Promise<readonly Opener[]> {
  const script = (await bundleScripts(await freshFolder()))("opener");
  return Array.from({ length: count }, () => new Opener(script));
}

/** Who has the folder, and what was told to the others. */
interface Outcome {
  readonly holders: readonly Opener[];
  readonly refusals: readonly Attempt[];
}

async function openAtOnce(processes: readonly Opener[], dir: string): Promise<Outcome> {
  const attempts = await Promise.all(processes.map((process) => process.open(dir)));
  return {
    holders: processes.filter((_, index) => attempts[index]?.opened === true),
    refusals: attempts.filter(({ opened }) => !opened),
  };
}

const refusedBy = (holder: Opener | undefined): unknown => ({
  opened: false,
  holder: holder?.pid,
  message: expect.stringContaining(`process ${holder?.pid} on `),
});

it("lets one of two processes have a folder that both open at once, and tells the other which", async () => {
  const [place, both] = [await freshFolder(), await openers(2)];
  for (let round = 1; round <= 20; round += 1) {
    const dir = join(place, `${round}`);
    await mkdir(dir);
    const { holders, refusals } = await openAtOnce(both, dir);
    expect(holders).toHaveLength(1);
    expect(refusals).toEqual([refusedBy(holders[0])]);
  }
});

it("lets a process that waits for a folder have it at once when its holder was killed", async () => {
  const dir = await freshFolder();
  const [holder, waiting] = (await openers(2)) as [Opener, Opener];
  expect(await holder.open(dir)).toEqual({ opened: true });
  for (let attempt = 1; attempt <= 3; attempt += 1)
    expect(await waiting.open(dir)).toEqual(refusedBy(holder));
  await holder.kill();
  expect(await waiting.open(dir)).toEqual({ opened: true });
});

it("lets one of many that wait have the folder of a holder that was killed", async () => {
  const dir = await freshFolder();
  let processes = await openers(6);
  while (processes.length > 0) {
    const { holders, refusals } = await openAtOnce(processes, dir);
    expect(holders).toHaveLength(1);
    expect(refusals).toEqual(refusals.map(() => refusedBy(holders[0])));
    await holders[0]?.kill();
    processes = processes.filter((process) => process !== holders[0]);
  }
});

it("lets a process have a folder whose holder is killed while it keeps asking", async () => {
  const dir = await freshFolder();
  const [holder, waiting] = (await openers(2)) as [Opener, Opener];
  await holder.open(dir);
  const killed = holder.kill();
  let attempt = await waiting.open(dir);
  while (!attempt.opened) {
    expect(attempt).toEqual(refusedBy(holder));
    attempt = await waiting.open(dir);
  }
  await killed;
});
