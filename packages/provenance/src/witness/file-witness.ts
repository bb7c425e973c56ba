import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import {
  AbstractRuntimeError,
  canonicalJson,
  type Logger,
  silentLogger,
} from "@abstractruntime/core/store";
import type { SealedHead } from "../sign/seal.ts";
import { HeadLog } from "./head-log.ts";
import { encodeHead } from "./head-codec.ts";
import type { Witness } from "./witness.ts";

export interface FileWitnessOptions {
  /** Told of lines that are no heads. Silent by default. */
  readonly logger?: Logger | undefined;
  /** To read what is there and nothing else: the file is not made, and `submit` is refused. False by default. */
  readonly readOnly?: boolean | undefined;
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
  readonly #readOnly: boolean;
  #turn: Promise<void> = Promise.resolve();
  #isClosed = false;

  private constructor(file: FileHandle, log: HeadLog, readOnly: boolean) {
    this.#file = file;
    this.#log = log;
    this.#readOnly = readOnly;
  }

  /** Open a witness file, or make it. @throws what the file system throws */
  static async open(
    path: string,
    { logger = silentLogger, readOnly = false }: FileWitnessOptions = {},
  ): Promise<FileWitness> {
    const file = await open(path, readOnly ? "r" : "a+", 0o644);
    try {
      if (!readOnly) await syncFolder(dirname(path));
      return new FileWitness(file, new HeadLog(file, logger), readOnly);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  submit(head: SealedHead): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#readOnly)
        throw new AbstractRuntimeError("store_read_only", "the witness was opened for reading");
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
