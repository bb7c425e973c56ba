import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, it } from "vitest";

it("keeps its process alive until it is stopped, and no longer", async () => {
  const script = join(import.meta.dirname, "timer-worker.ts");
  const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
  const exit = once(child, "exit");
  expect(await text(child.stdout)).toBe('waiting: null\ncompleted: "awake"\nstopped\n');
  expect(await exit).toEqual([0, null]);
});
