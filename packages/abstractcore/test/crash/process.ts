import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

/** A process of this package's tests, and what it said. */
export interface TestProcess {
  readonly lines: readonly string[];
  /** Until it says this line, or one that begins with it. @throws it ended before */
  said(line: string): Promise<string>;
  /** Kills it at once (SIGKILL), and waits until it is gone. */
  kill(): Promise<void>;
  /** Until it is gone. @returns its exit code; null: it was killed */
  ended(): Promise<number | null>;
}

/** Start a script of this folder. It is killed when the test ends, if it still lives. */
export function startProcess(script: string, job: object): TestProcess {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(process.execPath, [path, JSON.stringify(job)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines: string[] = [];
  const listeners = new Set<() => void>();
  const gone = end(child, () => listeners.forEach((listen) => listen()));
  createInterface(child.stdout).on("line", (line) => {
    lines.push(line);
    for (const listen of listeners) listen();
  });
  return {
    lines,
    async said(line) {
      for (;;) {
        const found = lines.find((each) => each.startsWith(line));
        if (found !== undefined) return found;
        if (child.exitCode !== null || child.signalCode !== null)
          throw new Error(`${script} ended before it said ${line}: ${lines.join(", ")}`);
        await new Promise<void>((resolve) => listeners.add(resolve));
      }
    },
    async kill() {
      child.kill("SIGKILL");
      await gone;
    },
    ended: () => gone,
  };
}

async function end(child: ChildProcess, onEnd: () => void): Promise<number | null> {
  await once(child, "close");
  onEnd();
  return child.exitCode;
}
