import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { EvidenceReader, EvidenceWriter } from "./evidence.ts";
import type { Deed, Job, Line } from "./job.ts";

interface Worker {
  readonly name: string;
  readonly process: ChildProcess;
  readonly exit: Promise<unknown>;
  readonly evidence: EvidenceReader;
}

/** What workers are, and where they work. */
export interface FleetSettings extends Pick<Job, "url" | "schema"> {
  readonly size: number;
  /** For what the workers write. */
  readonly dir: string;
  /** What a worker runs: `worker.ts` by default. It is given its job, and `args` after that. */
  readonly script?: string | undefined;
  readonly args?: readonly string[] | undefined;
}

/** Worker processes over one database. Whoever is killed is replaced by another, in its place. */
export class Fleet {
  readonly #settings: FleetSettings;
  readonly #script: string;
  readonly #living = new Set<Worker>();
  readonly #all: Worker[] = [];
  /** What the process that launched the fleet does itself. */
  readonly #own: EvidenceReader;
  readonly note: (line: Line) => void;
  /** Workers that ended by themselves, and how. */
  readonly failures: string[] = [];
  /** When workers were killed (milliseconds since 1970), by their names. */
  readonly deaths = new Map<string, number>();
  #isStopping = false;

  private constructor(settings: FleetSettings, script: string) {
    this.#settings = settings;
    this.#script = script;
    const path = join(settings.dir, "outside.jsonl");
    this.#own = new EvidenceReader(path);
    this.note = new EvidenceWriter(path).add;
  }

  static async launch(settings: FleetSettings): Promise<Fleet> {
    const { script = join(import.meta.dirname, "worker.ts"), dir, size } = settings;
    const fleet = new Fleet(settings, await bundled(script, dir));
    for (let place = 0; place < size; place += 1) fleet.#spawn(place);
    return fleet;
  }

  get kills(): number {
    return this.deaths.size;
  }

  /** What all workers have said so far. */
  lines(): readonly Line[] {
    const workers = this.#all.flatMap(({ evidence }) => evidence.read());
    return [...workers, ...this.#own.read()];
  }

  /** What was done for a step; undefined while a worker lives that has begun and not ended it. */
  deedsOf(stepId: string): readonly Deed[] | undefined {
    const deeds: Deed[] = [];
    const sources = this.#all.map((worker) => ({
      lives: this.#living.has(worker), // asked first: it may say its last before it is read
      evidence: worker.evidence,
    }));
    for (const { lives, evidence } of [...sources, { lives: true, evidence: this.#own }]) {
      const own = evidence.deedsOf(stepId);
      const begun = own.filter(({ phase }) => phase === "start").length;
      if (lives && begun * 2 > own.length) return undefined;
      deeds.push(...own);
    }
    return deeds;
  }

  /**
   * SIGKILL leaves a process no instruction more. One that has done nothing yet is spared: on a busy machine, none would
   * ever come to work.
   *
   * @param chance picks the worker: 0 to 1
   */
  async killOne(chance: number): Promise<void> {
    const worker = [...this.#living][Math.floor(chance * this.#living.size)];
    if (worker === undefined || worker.evidence.read().length === 0) return;
    worker.process.kill("SIGKILL");
    this.deaths.set(worker.name, Date.now());
    await worker.exit;
  }

  /** Let all come to an end in an orderly way. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    for (const { process } of this.#living) process.kill("SIGTERM");
    await Promise.all([...this.#living].map(({ exit }) => exit));
  }

  /** End all at once, when a test gives up. */
  abandon(): void {
    this.#isStopping = true;
    for (const { process } of this.#living) process.kill("SIGKILL");
  }

  #spawn(place: number): void {
    const { url, schema, dir, args = [] } = this.#settings;
    const name = `worker-${this.#all.length + 1}`;
    const path = join(dir, `${name}.jsonl`);
    const job: Job = { url, schema, name, place, evidence: path };
    const child = spawn(process.execPath, [this.#script, JSON.stringify(job), ...args], {
      stdio: ["ignore", "ignore", "pipe", "ipc"], // over which a worker hears that its campaign has crashed
    });
    const errors: string[] = [];
    child.stderr?.setEncoding("utf8").on("data", (text: string) => errors.push(text));
    const exit = once(child, "close").then(([code, signal]: unknown[]) => {
      this.#living.delete(worker);
      worker.evidence.complete();
      // A worker that was just starting had no time to end in an orderly way.
      const isTold = this.#isStopping && (code === 0 || signal === "SIGTERM");
      if (signal !== "SIGKILL" && !isTold)
        this.failures.push(`${name} ended with ${String(code ?? signal)}: ${errors.join("")}`);
      if (!this.#isStopping) this.#spawn(place);
    });
    const worker = { name, process: child, exit, evidence: new EvidenceReader(path) };
    this.#living.add(worker);
    this.#all.push(worker);
  }
}

/** The worker as one file: a process that loads two hundred takes three times as long to start. */
async function bundled(input: string, dir: string): Promise<string> {
  await using bundle = await rolldown({ input, platform: "node", external: ["pg-native"] });
  await bundle.write({ dir, format: "esm", entryFileNames: "worker.mjs" });
  return join(dir, "worker.mjs");
}
