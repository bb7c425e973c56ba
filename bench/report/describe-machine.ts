import { arch, availableParallelism, cpus, loadavg, platform } from "node:os";

/** What a number was measured on. */
export interface Machine {
  readonly date: string;
  readonly node: string;
  readonly cpus: string;
  readonly platform: string;
  /** How many processes wanted a core in the minute before. */
  readonly load: number;
}

export function describeMachine(): Machine {
  return {
    date: new Date().toISOString(),
    node: `Node.js ${process.version}`,
    cpus: `${availableParallelism()} x ${cpus()[0]?.model.trim() ?? "unknown CPU"}`,
    platform: `${platform()} ${arch()}`,
    load: loadavg()[0] ?? NaN,
  };
}
