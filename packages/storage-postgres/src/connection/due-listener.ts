import type { Logger } from "@abstractruntime/core/store";
import type pg from "pg";

/** How long after a lost connection the next is tried: doubled each time, up to the second number (milliseconds). */
const RETRY_MS = 100;
const MAX_RETRY_MS = 10_000;

/**
 * Hears when a run becomes due now for somebody else. One connection listens while anybody wants to know; a lost one is
 * made again. What was said meanwhile is not repeated: whoever listens also looks by himself now and then.
 */
export class DueListener {
  readonly #pool: pg.Pool;
  readonly #channel: string;
  readonly #logger: Logger;
  readonly #listeners = new Set<() => void>();
  #client: pg.PoolClient | null = null;
  #isConnecting = false;
  #timer: NodeJS.Timeout | null = null;
  #losses = 0;

  /** @param channel the schema's name */
  constructor(pool: pg.Pool, channel: string, logger: Logger) {
    this.#pool = pool;
    this.#channel = channel;
    this.#logger = logger;
  }

  /** @returns how to stop listening */
  add(listener: () => void): () => void {
    this.#listeners.add(listener);
    void this.#connect();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.close();
    };
  }

  close(): void {
    this.#listeners.clear();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#client?.removeAllListeners("notification");
    this.#client?.release(true);
    this.#client = null;
  }

  async #connect(): Promise<void> {
    if (this.#client !== null || this.#isConnecting || this.#timer !== null) return;
    this.#isConnecting = true;
    let client: pg.PoolClient | undefined;
    try {
      client = await this.#pool.connect();
      await this.#listen(client);
      this.#isConnecting = false;
    } catch (error) {
      this.#isConnecting = false;
      client?.release(true);
      this.#retry(error);
    }
  }

  async #listen(client: pg.PoolClient): Promise<void> {
    client.on("error", (error) => this.#lost(client, error));
    client.on("notification", () => this.tell());
    await client.query(`listen "${this.#channel}"`);
    if (this.#listeners.size === 0) return client.release(true);
    this.#client = client;
    this.#losses = 0;
    this.tell(); // whatever was said while nobody listened
  }

  #lost(client: pg.PoolClient, error: unknown): void {
    if (this.#client !== client) return;
    this.#client = null;
    client.release(true);
    this.#retry(error);
  }

  #retry(error: unknown): void {
    if (this.#listeners.size === 0 || this.#timer !== null) return;
    const delay = Math.min(RETRY_MS * 2 ** this.#losses, MAX_RETRY_MS);
    this.#losses += 1;
    this.#logger.warn("store.not_listening", { retryInMs: delay, error: String(error) });
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#connect();
    }, delay);
    this.#timer.unref();
  }

  /** Tell of what this process wrote itself. */
  tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
