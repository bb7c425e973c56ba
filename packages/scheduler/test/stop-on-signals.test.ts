import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { expect, it } from "vitest";

/** A process whose scheduler drives one run, as lines that it prints. */
function startWorker(drainMs: number): { child: ChildProcess; line: () => Promise<string> } {
  const script = join(import.meta.dirname, "slow-worker.ts");
  const child = spawn(process.execPath, [script, `${drainMs}`], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, line: async () => String((await lines.next()).value) };
}

it("commits what is under way before the process ends, by the signal that ended it", async () => {
  const { child, line } = startWorker(60_000);
  const exit = once(child, "exit");
  expect(await line()).toBe("effect begun");
  child.kill("SIGTERM");
  expect(await line()).toBe("effect ended");
  expect(await line()).toBe('run at last, step result: "done"');
  expect(await exit).toEqual([null, "SIGTERM"]);
});

it("interrupts what takes too long", async () => {
  const { child, line } = startWorker(1);
  const exit = once(child, "exit");
  expect(await line()).toBe("effect begun");
  child.kill("SIGINT");
  expect(await line()).toBe("effect interrupted");
  expect(await line()).toBe("run at first, step result: null");
  expect(await exit).toEqual([null, "SIGINT"]);
});
