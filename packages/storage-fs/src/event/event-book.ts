import { type EventMessage, type KeptEvent, parseInstant } from "@abstractruntime/core/store";

/** An event that was published and has not expired. */
export interface Publication {
  readonly messageId: string;
  /** Null once somebody got it: then it is only remembered, so as not to be kept again. */
  kept: EventMessage | null;
  readonly expiresAt: string;
  readonly expiresMs: number;
}

/** Events that nobody waited for, and, until they expire, the memory of those that somebody got. */
export class EventBook {
  /** In order of publication. */
  readonly #byId = new Map<string, Publication>();
  readonly #keptByKey = new Map<string, Set<Publication>>();
  #sweepAt = 1_000;

  /** What is known of an event that has not expired. */
  find(messageId: string, now: number): Publication | undefined {
    const known = this.#byId.get(messageId);
    return known !== undefined && known.expiresMs > now ? known : undefined;
  }

  all(): Iterable<Publication> {
    return this.#byId.values();
  }

  keep({ message, expiresAt }: KeptEvent, now: number): void {
    const publication = this.#remember(message.messageId, expiresAt, message, now);
    const sameKey = this.#keptByKey.get(message.key);
    if (sameKey === undefined) this.#keptByKey.set(message.key, new Set([publication]));
    else sameKey.add(publication);
  }

  /** Somebody got the event: it is kept for nobody any more. */
  give(messageId: string, expiresAt: string, now: number): void {
    const known = this.#byId.get(messageId);
    if (known === undefined) this.#remember(messageId, expiresAt, null, now);
    else this.#release(known);
  }

  /** Events kept for these keys, in the order in which they were published. Expired ones are dropped. */
  keptFor(keys: readonly string[], now: number): readonly Publication[] {
    const wanted = new Set(keys.flatMap((key) => [...(this.#keptByKey.get(key) ?? [])]));
    for (const publication of wanted) {
      if (publication.expiresMs > now) continue;
      this.#forget(publication);
      wanted.delete(publication);
    }
    if (wanted.size < 2) return [...wanted];
    return [...this.#byId.values()].filter((publication) => wanted.has(publication));
  }

  #remember(
    messageId: string,
    expiresAt: string,
    kept: EventMessage | null,
    now: number,
  ): Publication {
    const known = this.#byId.get(messageId);
    if (known !== undefined) this.#forget(known);
    if (this.#byId.size >= this.#sweepAt) this.#sweep(now);
    const publication = { messageId, kept, expiresAt, expiresMs: parseInstant(expiresAt) };
    this.#byId.set(messageId, publication);
    return publication;
  }

  #release(publication: Publication): void {
    const { kept } = publication;
    if (kept === null) return;
    publication.kept = null;
    const sameKey = this.#keptByKey.get(kept.key);
    sameKey?.delete(publication);
    if (sameKey?.size === 0) this.#keptByKey.delete(kept.key);
  }

  #forget(publication: Publication): void {
    this.#release(publication);
    this.#byId.delete(publication.messageId);
  }

  /** Forget what has expired. Once per doubling, so that publishing stays cheap however much is remembered. */
  #sweep(now: number): void {
    for (const publication of this.#byId.values())
      if (publication.expiresMs <= now) this.#forget(publication);
    this.#sweepAt = Math.max(1_000, 2 * this.#byId.size);
  }
}
