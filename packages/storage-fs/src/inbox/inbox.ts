import {
  deepFreeze,
  type InboxMessage,
  type JoinTally,
  type Message,
  tallyFor,
  type RunState,
} from "@abstractruntime/core/store";

/** How many ids of consumed messages an inbox remembers at least, so as to know a message that is sent again. */
const rememberedIds = 10_000;

/** The end of one child of several, of which only the number is kept. */
export interface CountedEnd {
  readonly messageId: string;
  readonly waitId: string;
  readonly completed: boolean;
}

/** A run's inbox in memory: what no record has consumed, and the ids of what records have. */
export class Inbox {
  readonly #unread = new Map<string, InboxMessage>();
  readonly #consumed = new Set<string>();
  /** By wait. */
  readonly #tallies = new Map<string, JoinTally>();
  #joinDue: string | null = null;
  #seq = 0;

  /** Position of the last message delivered, 0 before the first. */
  get seq(): number {
    return this.#seq;
  }

  get size(): number {
    return this.#unread.size;
  }

  get consumedCount(): number {
    return this.#consumed.size;
  }

  /** Whether a message with this id was delivered before, consumed or not. */
  knows(messageId: string): boolean {
    return this.#unread.has(messageId) || this.#consumed.has(messageId);
  }

  add(message: Message, position: number = this.#seq + 1): InboxMessage {
    const entry = deepFreeze({ position, message });
    this.#seq = Math.max(this.#seq, position);
    this.#unread.set(message.messageId, entry);
    if (message.kind === "join_due") this.#joinDue = message.messageId;
    return entry;
  }

  /** Whether a message about the run's children is unread. */
  get hasJoinDue(): boolean {
    return this.#joinDue !== null && this.#unread.has(this.#joinDue);
  }

  /** How many children ended of those that the run waits for now; null when it waits for no join. */
  tally(run: RunState): JoinTally | null {
    return tallyFor(run, this.#tallies.get(run.waiting?.waitId ?? "") ?? null);
  }

  setTally(tally: JoinTally): void {
    this.#tallies.set(tally.waitId, tally);
  }

  /** The end of one child of several: counted, and known from now on. */
  count({ messageId, waitId, completed }: CountedEnd): void {
    const tally = this.#tallies.get(waitId) ?? { waitId, completed: 0, failed: 0 };
    this.#tallies.set(waitId, {
      waitId,
      completed: tally.completed + (completed ? 1 : 0),
      failed: tally.failed + (completed ? 0 : 1),
    });
    this.consume(messageId);
  }

  /** A record has consumed this message; it stays known. One that never came is remembered all the same. */
  consume(messageId: string): void {
    this.#unread.delete(messageId);
    this.#consumed.add(messageId);
  }

  /** Everything up to a position but these positions was consumed. */
  consumeUpTo(seq: number, unread: ReadonlySet<number>): void {
    for (const { position, message } of this.#unread.values())
      if (position <= seq && !unread.has(position)) this.consume(message.messageId);
    this.#seq = Math.max(this.#seq, seq);
  }

  /** Unread messages beyond a position, in order. */
  after(position: number, limit: number = Infinity): readonly InboxMessage[] {
    const found: InboxMessage[] = [];
    if (this.#seq <= position) return found;
    for (const entry of this.#unread.values()) {
      if (found.length >= limit) break;
      if (entry.position > position) found.push(entry);
    }
    return found;
  }

  /** Positions of what is unread. */
  unreadPositions(): readonly number[] {
    return Array.from(this.#unread.values(), ({ position }) => position);
  }

  /** Forget all but the latest consumed ids. @returns those that are left, oldest first. */
  trimConsumed(): readonly string[] {
    const excess = this.#consumed.size - rememberedIds;
    let index = 0;
    for (const id of this.#consumed) {
      if (index >= excess) break;
      this.#consumed.delete(id);
      index += 1;
    }
    return [...this.#consumed];
  }
}
