import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { canonicalJson, type Logger, silentLogger } from "@abstractruntime/core/store";
import type { SealedHead } from "../sign/seal.ts";
import { HeadLog } from "./head-log.ts";
import { encodeHead } from "./head-codec.ts";
import type { Witness } from "./witness.ts";

export interface FileWitnessOptions {
  /** Told of lines that are no heads. Silent by default. */
  readonly logger?: Logger | undefined;
}

/**
 * Keeps heads in a file, one JSON line each, flushed to the disk. The file is only ever appended to, so that it may be on a
 * medium that allows nothing else. One process writes it, others may read. Its heads are held in memory, some 400 bytes each.
 *
 * A file on the operator's own disk is no witness against the operator.
 */
export class FileWitness implements Witness, AsyncDisposable {
  readonly #file: FileHandle;
  readonly #log: HeadLog;
  #turn: Promise<void> = Promise.resolve();
  #isClosed = false;

  private constructor(file: FileHandle, log: HeadLog) {
    this.#file = file;
    this.#log = log;
  }

  /** Open a witness file, or make it. @throws what the file system throws */
  static async open(
    path: string,
    { logger = silentLogger }: FileWitnessOptions = {},
  ): Promise<FileWitness> {
    const file = await open(path, "a+", 0o644);
    try {
      await syncFolder(dirname(path));
      const log = new HeadLog(file, logger);
      await log.read();
      return new FileWitness(file, log);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  submit(head: SealedHead): Promise<void> {
    return this.#inTurn(async () => {
      // A crash or a full disk may have left half a line, which was never acknowledged: ours begins after it.
      const before = (await this.#log.read()) ? "\n" : "";
      const line = canonicalJson(encodeHead(head));
      if (this.#log.has(head, line)) return;
      await this.#file.appendFile(`${before}${line}\n`);
      await this.#file.datasync();
    });
  }

  list(runId: string): Promise<readonly SealedHead[]> {
    return this.#inTurn(async () => {
      await this.#log.read();
      return this.#log.list(runId);
    });
  }

  /** Waits for what is under way. Closing twice is fine. */
  async close(): Promise<void> {
    await this.#turn;
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#file.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(act);
    this.#turn = done.then(
      () => undefined,
      () => undefined,
    );
    return done;
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
