import { MemoryStore, type Clock, type Message } from "@abstractruntime/core";

/** Positions of messages in the inbox of the one run of a test. */
class Positions extends Map<string, number> {
  readonly #first = new Map<string, number>();

  note({ position, message }: { readonly position: number; readonly message: Message }): void {
    if (this.has(message.messageId)) return;
    this.set(message.messageId, position);
    if (message.kind === "event") this.#noteFirst(message.key, position);
    if (message.kind === "answer") this.#noteFirst(message.waitId, position);
  }

  /** The position of the first event under a key, or of the first answer to a wait. */
  firstFor(keyOrWaitId: string): number | undefined {
    return this.#first.get(keyOrWaitId);
  }

  #noteFirst(target: string, position: number): void {
    if (!this.#first.has(target)) this.#first.set(target, position);
  }
}

export interface Deliveries {
  readonly positions: Positions;
  readonly store: (clock: Clock) => MemoryStore;
}

/** A store that tells in which order it took messages for `root`. */
export function deliveries(): Deliveries {
  const positions = new Positions();
  class Noting extends MemoryStore {
    override async deliver(...args: Parameters<MemoryStore["deliver"]>) {
      const delivery = await super.deliver(...args);
      await this.#note();
      return delivery;
    }

    override async publish(...args: Parameters<MemoryStore["publish"]>) {
      const published = await super.publish(...args);
      await this.#note();
      return published;
    }

    override async takeKept(...args: Parameters<MemoryStore["takeKept"]>) {
      const taken = await super.takeKept(...args);
      await this.#note();
      return taken;
    }

    async #note(): Promise<void> {
      for (const item of await this.readInbox("root")) positions.note(item);
    }
  }
  return { positions, store: (clock) => new Noting({ clock }) };
}
