import type { EventMessage, KeptEvent } from "../inbox/message.ts";
import { parseInstant } from "../time/instant.ts";

interface Publication {
  readonly event: EventMessage;
  readonly order: number;
  readonly expiresAt: number;
  /** Whether it waits for its first taker. When somebody got it, it is only remembered, so as to be kept once. */
  kept: boolean;
}

/** Events that nobody waited for, and, until they expire, the memory of those that somebody got. */
export class KeptEvents {
  readonly #byId = new Map<string, Publication>();
  readonly #keptByKey = new Map<string, Set<Publication>>();
  #published = 0;
  #sweepAt = 1_000;

  /** Somebody got the event: it is kept for nobody any more. */
  give({ message, expiresAt }: KeptEvent, now: number): void {
    const known = this.#byId.get(message.messageId);
    if (known !== undefined) this.#release(known);
    else this.#remember(message, parseInstant(expiresAt), now);
  }

  /** Keep an event that is new. @returns whether it is kept now, by this call or an earlier one. */
  keep({ message, expiresAt }: KeptEvent, now: number): boolean {
    const known = this.#byId.get(message.messageId);
    if (known !== undefined && known.expiresAt > now) return known.kept;
    const expires = parseInstant(expiresAt);
    if (expires <= now) return false;
    const publication = this.#remember(message, expires, now);
    publication.kept = true;
    const sameKey = this.#keptByKey.get(message.key);
    if (sameKey === undefined) this.#keptByKey.set(message.key, new Set([publication]));
    else sameKey.add(publication);
    return true;
  }

  /** Take all events kept for these keys, in the order in which they were published. Expired ones are dropped. */
  take(keys: readonly string[], now: number): readonly EventMessage[] {
    const publications = [...new Set(keys)].flatMap((key) => [...(this.#keptByKey.get(key) ?? [])]);
    for (const publication of publications) this.#release(publication);
    return publications
      .filter((publication) => publication.expiresAt > now)
      .toSorted((a, b) => a.order - b.order)
      .map((publication) => publication.event);
  }

  #remember(event: EventMessage, expiresAt: number, now: number): Publication {
    if (this.#byId.size >= this.#sweepAt) this.#sweep(now);
    this.#published += 1;
    const publication = { event, order: this.#published, expiresAt, kept: false };
    this.#byId.set(event.messageId, publication);
    return publication;
  }

  #release(publication: Publication): void {
    publication.kept = false;
    const sameKey = this.#keptByKey.get(publication.event.key);
    sameKey?.delete(publication);
    if (sameKey?.size === 0) this.#keptByKey.delete(publication.event.key);
  }

  /** Forget what has expired. Once per doubling, so that publishing stays cheap however much is remembered. */
  #sweep(now: number): void {
    for (const [id, publication] of this.#byId) {
      if (publication.expiresAt > now) continue;
      this.#release(publication);
      this.#byId.delete(id);
    }
    this.#sweepAt = Math.max(1_000, 2 * this.#byId.size);
  }
}
