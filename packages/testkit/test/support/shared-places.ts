import { MemoryStore } from "@abstractruntime/core";
import {
  AbstractRuntimeError,
  type Clock,
  type DurableStore,
  type StoreCapabilities,
} from "@abstractruntime/core/store";
import type { StorePlace, StoreUnderTest } from "../../src/conformance/index.ts";
import { FaultStore } from "../../src/index.ts";

/** A store whose data outlives it: it closes its own door and leaves the store behind open. */
class Door extends FaultStore {
  readonly #writers: StoreCapabilities["writers"];
  #closed = false;

  constructor(behind: DurableStore, clock: Clock, writers: StoreCapabilities["writers"]) {
    super(behind, {
      clock,
      plan: () => {
        if (!this.#closed) return undefined;
        throw new AbstractRuntimeError("store_closed", "this door is closed: open another");
      },
    });
    this.#writers = writers;
  }

  override get capabilities(): StoreCapabilities {
    return { survives: "crash", writers: this.#writers, reopens: true };
  }

  override async close(): Promise<void> {
    this.#closed = true;
  }
}

/** Stores in memory that can be opened again at their place, by one writer at a time or by many. */
export class SharedPlaces implements StoreUnderTest {
  readonly #behind = new Map<string, MemoryStore>();
  readonly #writers: StoreCapabilities["writers"];

  constructor(writers: StoreCapabilities["writers"]) {
    this.#writers = writers;
  }

  async open({ place, clock }: StorePlace): Promise<DurableStore> {
    const behind = this.#behind.get(place) ?? new MemoryStore({ clock });
    this.#behind.set(place, behind);
    if (this.#writers === "one_process") await voidLeases(behind, clock);
    return new Door(behind, clock, this.#writers);
  }
}

async function voidLeases(store: DurableStore, clock: Clock): Promise<void> {
  const wakeAt = new Date(clock.now()).toISOString();
  for (const { run, head } of (await store.list({ limit: 1_000 })).items) {
    const { leaseId, inboxSeq } = head;
    if (leaseId !== null) await store.giveBack({ runId: run.runId, leaseId, inboxSeq, wakeAt });
  }
}
