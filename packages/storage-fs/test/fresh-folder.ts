import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

/** A new, empty folder, removed when the test ends. */
export async function freshFolder(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "abstractruntime-fs-"));
  onTestFinished(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

/** A copy of a folder, removed when the test ends. */
export async function copyOf(folder: string): Promise<string> {
  const dir = await freshFolder();
  await cp(folder, dir, { recursive: true });
  return dir;
}

/** The time at which the conformance suite's samples are made. */
export const sampleClock = { now: (): number => Date.parse("2026-01-01T00:00:00.000Z") };
