import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, relative } from "node:path";
import type { RunState } from "@abstractruntime/core";
import { VirtualClock } from "@abstractruntime/testkit";
import { FileStore } from "../../src/index.ts";
import { allRuns, driveToEnd, type RunEnd } from "./drive-to-end.ts";
import { makeClosedFolder, makeCrashedFolder, makeHalfwayFolder } from "./make-folders.ts";

/** The folders of a kept format, and how they come to be. */
export const folders: Readonly<Record<string, (dir: string) => Promise<void>>> = {
  closed: makeClosedFolder,
  crashed: makeCrashedFolder,
  halfway: makeHalfwayFolder,
};

/** What a run of a kept folder is when the folder is opened. */
export interface RunFacts {
  readonly workflowId: string;
  readonly status: RunState["status"];
  readonly currentNode: string;
  readonly revision: number;
  readonly seq: number;
  readonly paused: boolean;
  readonly waitsFor: string | null;
  readonly pending: string | null;
  readonly unread: number;
}

/** What is expected of one kept folder. */
export interface Expected {
  /** SHA-256 of each file: kept folders are never written again. */
  readonly files: Readonly<Record<string, string>>;
  readonly runs: Readonly<Record<string, RunFacts>>;
  readonly ends: Readonly<Record<string, RunEnd>>;
}

/** Whoever opens a kept folder does so later than its last run was driven. */
export function laterClock(): VirtualClock {
  return new VirtualClock({ startAt: "2026-02-01T00:00:00Z" });
}

export async function filesOf(dir: string): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const hashes = names.toSorted().map(async (name) => {
    const hash = createHash("sha256")
      .update(await readFile(name))
      .digest("hex");
    return [relative(dir, name), hash] as const;
  });
  return Object.fromEntries(await Promise.all(hashes));
}

export async function factsOf(store: FileStore): Promise<Expected["runs"]> {
  const facts = (await allRuns(store)).map(({ run, head }): readonly [string, RunFacts] => {
    const { workflowId, status, currentNode, revision, seq, paused, waiting, pending } = run;
    const waitsFor = waiting && [waiting.gate ?? waiting.reason, ...waiting.waitKeys].join(" ");
    const step = pending && `${pending.phase} ${pending.effect.type} ${pending.attempt}`;
    const unread = head.inboxSize;
    return [
      run.runId,
      { workflowId, status, currentNode, revision, seq, paused, waitsFor, pending: step, unread },
    ];
  });
  return Object.fromEntries(facts);
}

/** What a folder shows now; its files are driven to their end, so give a copy. */
export async function observe(dir: string): Promise<Expected> {
  const files = await filesOf(dir);
  const clock = laterClock();
  const store = await FileStore.open(dir, { clock });
  const runs = await factsOf(store);
  const ends = await driveToEnd(store, clock);
  await store.close();
  return { files, runs, ends };
}
