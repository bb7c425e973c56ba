import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { EvidenceReader, EvidenceWriter } from "./evidence.ts";
import type { Deed, Job, Line } from "./job.ts";

interface Worker {
  readonly process: ChildProcess;
  readonly exit: Promise<unknown>;
  readonly evidence: EvidenceReader;
}

/** Worker processes over one database. Whoever is killed is replaced by another. */
export class Fleet {
  readonly #dir: string;
  readonly #database: Pick<Job, "url" | "schema">;
  readonly #script: string;
  readonly #living = new Set<Worker>();
  readonly #all: Worker[] = [];
  /** What the process that launched the fleet does itself. */
  readonly #own: EvidenceReader;
  readonly note: (line: Line) => void;
  /** Workers that ended by themselves, and how. */
  readonly failures: string[] = [];
  #kills = 0;
  #isStopping = false;

  private constructor(dir: string, script: string, database: Pick<Job, "url" | "schema">) {
    this.#dir = dir;
    this.#script = script;
    this.#database = database;
    const path = join(dir, "outside.jsonl");
    this.#own = new EvidenceReader(path);
    this.note = new EvidenceWriter(path).add;
  }

  /**
   * @param dir for what the workers write
   * @param script what a worker runs: `worker.ts` by default
   */
  static async launch(
    dir: string,
    size: number,
    database: Pick<Job, "url" | "schema">,
    script: string = join(import.meta.dirname, "worker.ts"),
  ): Promise<Fleet> {
    const fleet = new Fleet(dir, await bundled(script, dir), database);
    for (let n = 0; n < size; n += 1) fleet.#spawn();
    return fleet;
  }

  get kills(): number {
    return this.#kills;
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

  /** SIGKILL leaves a process no instruction more. @param chance picks the worker: 0 to 1 */
  async killOne(chance: number): Promise<void> {
    const worker = [...this.#living][Math.floor(chance * this.#living.size)];
    if (worker === undefined) return;
    this.#kills += 1;
    worker.process.kill("SIGKILL");
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

  #spawn(): void {
    const name = `worker-${this.#all.length + 1}`;
    const path = join(this.#dir, `${name}.jsonl`);
    const job: Job = { ...this.#database, name, evidence: path };
    const child = spawn(process.execPath, [this.#script, JSON.stringify(job)], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    const errors: string[] = [];
    child.stderr?.setEncoding("utf8").on("data", (text: string) => errors.push(text));
    const exit = once(child, "close").then(([code, signal]: unknown[]) => {
      this.#living.delete(worker);
      // A worker that was just starting had no time to end in an orderly way.
      const isTold = this.#isStopping && (code === 0 || signal === "SIGTERM");
      if (signal !== "SIGKILL" && !isTold)
        this.failures.push(`${name} ended with ${String(code ?? signal)}: ${errors.join("")}`);
      if (!this.#isStopping) this.#spawn();
    });
    const worker = { process: child, exit, evidence: new EvidenceReader(path) };
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
