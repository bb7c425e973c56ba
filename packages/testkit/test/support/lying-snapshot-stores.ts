import { MemorySnapshotStore, type Snapshot, type SnapshotQuery } from "@abstractruntime/core";
import type { Abortable, Page } from "@abstractruntime/core/store";
import type { SnapshotStoreHarness } from "../../src/conformance/snapshot-store.ts";
import { SteppingClock } from "./stepping-clock.ts";

/** A store with one planted lie, and the case that must find it out. */
export interface SnapshotStoreLie {
  readonly lie: string;
  readonly harness: SnapshotStoreHarness;
  readonly caughtBy: string;
}

class Store extends MemorySnapshotStore {
  constructor() {
    super({ clock: new SteppingClock() });
  }

  async all(): Promise<readonly Snapshot[]> {
    return (await super.list({ limit: 1000 })).items;
  }
}

class ForgetsTheStep extends Store {
  override save(snapshot: Snapshot): Promise<Snapshot> {
    return super.save({ ...snapshot, stepId: null });
  }
}

class KeepsTheOldUpdate extends Store {
  override async load(snapshotId: string, options?: Abortable): Promise<Snapshot | undefined> {
    const snapshot = await super.load(snapshotId, options);
    return snapshot && { ...snapshot, updatedAt: snapshot.createdAt };
  }
}

class KeepsTheFirst extends Store {
  override async save(snapshot: Snapshot, options?: Abortable): Promise<Snapshot> {
    return (await super.load(snapshot.snapshotId)) ?? super.save(snapshot, options);
  }
}

class DeletesQuietly extends Store {
  override async delete(snapshotId: string, options?: Abortable): Promise<boolean> {
    await super.delete(snapshotId, options);
    return true;
  }
}

class MendsIds extends Store {
  override async save(snapshot: Snapshot, options?: Abortable): Promise<Snapshot> {
    const snapshotId = snapshot.snapshotId.replaceAll(/[^A-Za-z0-9_-]/g, "_").slice(0, 200) || "_";
    return super.save({ ...snapshot, snapshotId }, options);
  }
}

class DropsBeforeItChecks extends Store {
  override async save(snapshot: Snapshot, options?: Abortable): Promise<Snapshot> {
    await super.delete(snapshot.snapshotId);
    return super.save(snapshot, options);
  }
}

class KeepsTheCallersObject extends Store {
  readonly #given = new Map<string, Snapshot>();

  override async save(snapshot: Snapshot, options?: Abortable): Promise<Snapshot> {
    this.#given.set(snapshot.snapshotId, snapshot);
    return super.save(snapshot, options);
  }

  override async load(snapshotId: string, options?: Abortable): Promise<Snapshot | undefined> {
    const snapshot = await super.load(snapshotId, options);
    const given = this.#given.get(snapshotId);
    return snapshot && { ...snapshot, tags: given?.tags ?? snapshot.tags };
  }
}

class HandsOutItsOwn extends Store {
  readonly #own = new Map<string, Snapshot>();

  override async load(snapshotId: string, options?: Abortable): Promise<Snapshot | undefined> {
    const snapshot = await super.load(snapshotId, options);
    if (snapshot !== undefined && !this.#own.has(snapshotId))
      this.#own.set(snapshotId, structuredClone(snapshot));
    return this.#own.get(snapshotId);
  }
}

class ListsOldestFirst extends Store {
  override async list(query?: SnapshotQuery, options?: Abortable): Promise<Page<Snapshot>> {
    const page = await super.list(query, options);
    return { ...page, items: page.items.toReversed() };
  }
}

class ComparesTimesAsText extends Store {
  override async list(query?: SnapshotQuery, options?: Abortable): Promise<Page<Snapshot>> {
    const page = await super.list(query, options);
    const items = page.items.toSorted((a, b) =>
      a.createdAt === b.createdAt ? 0 : a.createdAt < b.createdAt ? 1 : -1,
    );
    return { ...page, items };
  }
}

class FindsPartsOfTags extends Store {
  override async list(
    { tag = "", ...query }: SnapshotQuery = {},
    options?: Abortable,
  ): Promise<Page<Snapshot>> {
    const page = await super.list(query, options);
    const wanted = tag.toLowerCase();
    const matches = (each: Snapshot): boolean =>
      wanted === "" || each.tags.some((candidate) => candidate.toLowerCase().includes(wanted));
    return { ...page, items: page.items.filter(matches) };
  }
}

class MindsTheCase extends Store {
  override async list(query: SnapshotQuery = {}, options?: Abortable): Promise<Page<Snapshot>> {
    const page = await super.list(query, options);
    const { tag = "" } = query;
    return { ...page, items: page.items.filter(({ tags }) => tag === "" || tags.includes(tag)) };
  }
}

class SearchesTags extends Store {
  override async list(query: SnapshotQuery = {}, options?: Abortable): Promise<Page<Snapshot>> {
    const { text = "", ...rest } = query;
    if (text === "") return super.list(query, options);
    const tagged = await super.list({ ...rest, tag: text }, options);
    const named = await super.list(query, options);
    const items = [...new Set([...named.items, ...tagged.items])];
    return { items, nextCursor: null };
  }
}

class LimitsFirst extends Store {
  override async list(query: SnapshotQuery = {}, options?: Abortable): Promise<Page<Snapshot>> {
    const { limit = 100, cursor, ...filters } = query;
    const page = await super.list({ limit, ...(cursor !== undefined && { cursor }) }, options);
    const wanted = (await super.list({ ...filters, limit: 1000 })).items;
    return { ...page, items: page.items.filter((item) => wanted.includes(item)) };
  }
}

class CountsPages extends Store {
  override async list(
    { cursor = "0~", limit = 100, ...query }: SnapshotQuery = {},
    options?: Abortable,
  ): Promise<Page<Snapshot>> {
    const { items } = await super.list({ ...query, limit: 1000 }, options);
    const from = Number.parseInt(cursor, 10);
    const nextCursor = items.length > from + limit ? `${from + limit}~` : null;
    return { items: items.slice(from, from + limit), nextCursor };
  }
}

class RepeatsTheLast extends Store {
  override async list(query: SnapshotQuery = {}, options?: Abortable): Promise<Page<Snapshot>> {
    const page = await super.list(query, options);
    if (query.cursor === undefined) return page;
    const id = query.cursor.slice(query.cursor.indexOf("~") + 1);
    const again = (await this.all()).filter(({ snapshotId }) => snapshotId === id);
    return { ...page, items: [...again, ...page.items] };
  }
}

class ForgetsTheLimit extends Store {
  override async list({ limit, ...query }: SnapshotQuery = {}): Promise<Page<Snapshot>> {
    const positive = limit !== undefined && limit >= 1 ? Math.min(Math.trunc(limit), 1000) : 100;
    return super.list({ ...query, limit: positive });
  }
}

class NeverCloses extends Store {
  override async close(): Promise<void> {}
}

class IgnoresSignals extends Store {
  override save(snapshot: Snapshot): Promise<Snapshot> {
    return super.save(snapshot);
  }
}

class ComesBackEmpty extends Store {}

const opening = (Liar: new () => MemorySnapshotStore): SnapshotStoreHarness => ({
  open: async () => new Liar(),
});

/** Honest, with everything the suite can ask for: the twin of the liars. */
export const honestSnapshotStore: SnapshotStoreHarness = {
  ...opening(Store),
  reopen: async (store) => store,
};

export const snapshotStoreLies: readonly SnapshotStoreLie[] = [
  {
    lie: "forgets the step",
    harness: opening(ForgetsTheStep),
    caughtBy: "gives back what was saved",
  },
  {
    lie: "does not keep when it was saved",
    harness: opening(KeepsTheOldUpdate),
    caughtBy: "gives back what was saved",
  },
  {
    lie: "keeps the first of two with one id",
    harness: opening(KeepsTheFirst),
    caughtBy: "replaces the one that has the same id",
  },
  {
    lie: "says that it deleted what was not there",
    harness: opening(DeletesQuietly),
    caughtBy: "has nothing under an id that nobody saved",
  },
  {
    lie: "mends ids instead of refusing them",
    harness: opening(MendsIds),
    caughtBy: "refuses ids that are no file names",
  },
  {
    lie: "drops the old one before it looks at the new one",
    harness: opening(DropsBeforeItChecks),
    caughtBy: "refuses what is not JSON, and keeps what it had",
  },
  {
    lie: "keeps the caller's object instead of a copy",
    harness: opening(KeepsTheCallersObject),
    caughtBy: "keeps what it has when the caller's object changes later",
  },
  {
    lie: "hands out its own object to be changed",
    harness: opening(HandsOutItsOwn),
    caughtBy: "keeps what it has when a reader tries to change what it got",
  },
  {
    lie: "lists the oldest first",
    harness: opening(ListsOldestFirst),
    caughtBy: "lists the latest first, whatever was saved first",
  },
  {
    lie: "compares times as text",
    harness: opening(ComparesTimesAsText),
    caughtBy: "compares times as instants, not as text",
  },
  {
    lie: "finds parts of tags",
    harness: opening(FindsPartsOfTags),
    caughtBy: "finds by a whole tag, in any case",
  },
  {
    lie: "minds the case of tags",
    harness: opening(MindsTheCase),
    caughtBy: "finds by a whole tag, in any case",
  },
  {
    lie: "looks for texts in tags",
    harness: opening(SearchesTags),
    caughtBy: "finds by a part of name or description, in any case",
  },
  {
    lie: "cuts to the limit before it filters",
    harness: opening(LimitsFirst),
    caughtBy: "counts the limit among what the filters let through",
  },
  {
    lie: "finds pages by counting",
    harness: opening(CountsPages),
    caughtBy: "goes on where a page ended, whatever was added and removed meanwhile",
  },
  {
    lie: "repeats the last of a page on the next",
    harness: opening(RepeatsTheLast),
    caughtBy: "gives each snapshot once, page by page",
  },
  {
    lie: "takes every limit for one",
    harness: opening(ForgetsTheLimit),
    caughtBy: "refuses limits and cursors that are none",
  },
  {
    lie: "never closes",
    harness: opening(NeverCloses),
    caughtBy: "refuses everything once it is closed, and closes twice",
  },
  {
    lie: "ignores an aborted signal",
    harness: opening(IgnoresSignals),
    caughtBy: "gives up at once when its signal is aborted already",
  },
  {
    lie: "comes back empty",
    harness: { ...opening(ComesBackEmpty), reopen: async () => new ComesBackEmpty() },
    caughtBy: "has everything again when it is opened again",
  },
];
