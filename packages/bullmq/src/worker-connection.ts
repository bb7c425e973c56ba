import { type Logger, silentLogger } from "@abstractruntime/core";
import type { Redis } from "ioredis";
import { connect, WAITS } from "./connect.ts";
import type { FleetOptions } from "./fleet-options.ts";

/** A worker's connections: the one that is given to BullMQ, and the copy for waiting that BullMQ makes of it. */
export class WorkerConnection {
  readonly client: Redis;
  readonly #all: Redis[] = [];
  readonly #logger: Logger;

  constructor({ connection, logger = silentLogger }: FleetOptions) {
    this.#logger = logger;
    this.client = this.#watched(connect(connection, WAITS));
    const duplicate = this.client.duplicate.bind(this.client);
    this.client.duplicate = (...given: Parameters<typeof duplicate>) =>
      this.#watched(duplicate(...given));
  }

  get isReachable(): boolean {
    return this.#all.every(({ status }) => status === "ready");
  }

  /** Whatever waits for an answer fails. BullMQ waits for ever where Redis is away while it closes. */
  cut(): void {
    for (const client of this.#all) client.disconnect();
  }

  #watched(client: Redis): Redis {
    client.on("error", (error) =>
      this.#logger.warn("fleet.redis_error", { by: "connection", error: String(error) }),
    );
    this.#all.push(client);
    return client;
  }
}
