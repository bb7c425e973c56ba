import type { OwnPostgres, Shutdown } from "../embedded-postgres.ts";
import type { Campaign } from "./campaign.ts";

const ways: readonly Shutdown[] = ["immediate", "fast", "crash"];
const DOWN_MS = 2_000;

/** Kill workers with SIGKILL, one after another, until the work is done. */
export function killWorkers(): Campaign["disturb"] {
  return async (fleet, random, signal) => {
    while (!signal.aborted) {
      await pause(300 + random() * 1_500);
      if (!signal.aborted) await fleet.killOne(random());
    }
  };
}

/** Stops of the server, of two seconds each: at once, in an orderly way, and by SIGKILL to all of it, in turn. */
export class ServerStops {
  readonly #server: OwnPostgres;
  readonly #periodMs: number;
  readonly count: number;
  stopped = 0;
  /** How many of them came while there was work to do. */
  underLoad = 0;

  /** @param periodMs from one stop to the next */
  constructor(server: OwnPostgres, count: number, periodMs: number) {
    this.#server = server;
    this.count = count;
    this.#periodMs = periodMs;
  }

  /** All stops come, also where the work is done before the last of them. */
  readonly disturb: Campaign["disturb"] = async (_fleet, _random, signal) => {
    for (; this.stopped < this.count; this.stopped += 1) {
      await pause(this.#periodMs - DOWN_MS);
      if (!signal.aborted) this.underLoad += 1;
      await this.#server.halt(ways[this.stopped % ways.length] ?? "fast");
      await pause(DOWN_MS);
      await this.#server.start();
    }
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
