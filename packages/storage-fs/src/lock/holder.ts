import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import { randomUUID } from "node:crypto";

/** The process that holds a folder, as its lock file says. */
export interface Holder {
  readonly host: string;
  /** Which start of the machine; null where the system does not tell. */
  readonly boot_id: string | null;
  readonly pid: number;
  /** When the process began, in the kernel's clock ticks after the boot; null where the system does not tell. */
  readonly start_time: string | null;
  /** When it took the lock (ISO 8601 UTC). */
  readonly locked_at: string;
  /** Unique for each taking. */
  readonly token: string;
}

/** What can be said of a holder from here. Of a process on another machine nothing can. */
export type HolderState = "alive" | "dead" | "elsewhere";

/** This process, about to take a lock. */
export async function thisProcess(lockedAt: string): Promise<Holder> {
  return {
    host: hostname(),
    boot_id: await bootId(),
    pid: process.pid,
    start_time: await startTime(process.pid),
    locked_at: lockedAt,
    token: randomUUID(),
  };
}

/** A holder from a lock file's text; undefined when it is none. */
export function parseHolder(text: string): Holder | undefined {
  try {
    const value = JSON.parse(text) as Holder;
    return typeof value.token === "string" && Number.isInteger(value.pid) ? value : undefined;
  } catch {
    return undefined;
  }
}

export async function holderState(holder: Holder): Promise<HolderState> {
  if (holder.host !== hostname()) return "elsewhere";
  const boot = await bootId();
  if (holder.boot_id !== null && boot !== null && holder.boot_id !== boot) return "dead";
  if (!isRunning(holder.pid)) return "dead";
  const started = await startTime(holder.pid);
  // The same number may be another process by now.
  return holder.start_time === null || started === null || started === holder.start_time
    ? "alive"
    : "dead";
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function bootId(): Promise<string | null> {
  return (await readProc("/proc/sys/kernel/random/boot_id"))?.trim() ?? null;
}

/** Field 22 of /proc/<pid>/stat; the second field, a name in parentheses, may hold anything. */
async function startTime(pid: number): Promise<string | null> {
  const stat = await readProc(`/proc/${pid}/stat`);
  return stat?.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
}

async function readProc(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(() => undefined);
}
