import {
  MemoryArtifactStore,
  type ArtifactContent,
  type ArtifactMetadata,
  type ArtifactQuery,
  type ArtifactStoreOptions,
  type NewArtifact,
} from "@abstractruntime/core";
import { AbstractRuntimeError, type Abortable, type Page } from "@abstractruntime/core/store";
import type { ArtifactStoreHarness } from "../../src/conformance/artifact-store.ts";
import { SteppingClock } from "./stepping-clock.ts";

/** A store with one planted lie, and the case that must find it out. */
export interface ArtifactStoreLie {
  readonly lie: string;
  readonly harness: ArtifactStoreHarness;
  readonly caughtBy: string;
}

class Store extends MemoryArtifactStore {
  constructor(options: ArtifactStoreOptions = {}) {
    super({ ...options, clock: new SteppingClock() });
  }
}

/** A store whose content somebody may damage. It notices. */
export class DamageableStore extends Store {
  readonly damaged: Set<string> = new Set();

  override async *open(artifactId: string, options?: Abortable): AsyncIterable<Uint8Array> {
    for await (const piece of super.open(artifactId, options)) {
      if (this.damaged.has(artifactId)) piece[0] = (piece[0] ?? 0) ^ 1;
      yield piece;
    }
    if (this.damaged.has(artifactId)) this.notice(artifactId);
  }

  notice(artifactId: string): void {
    throw new AbstractRuntimeError("store_corrupt", `artifact ${artifactId} was changed`);
  }
}

class ServesDamage extends DamageableStore {
  override notice(): void {}
}

class CutsStreams extends Store {
  override async put(
    content: ArtifactContent,
    artifact?: NewArtifact,
    options?: Abortable,
  ): Promise<ArtifactMetadata> {
    if (content instanceof Uint8Array) return super.put(content, artifact, options);
    for await (const piece of content) return super.put(piece, artifact, options);
    return super.put(new Uint8Array(), artifact, options);
  }
}

class StoresTwice extends Store {
  #count = 0;

  override put(
    content: ArtifactContent,
    artifact: NewArtifact = {},
    options?: Abortable,
  ): Promise<ArtifactMetadata> {
    this.#count += 1;
    return super.put(content, { artifactId: `copy-${this.#count}`, ...artifact }, options);
  }
}

class TakesAway extends Store {
  readonly #owners = new Map<string, string | null>();

  override async put(
    content: ArtifactContent,
    artifact?: NewArtifact,
    options?: Abortable,
  ): Promise<ArtifactMetadata> {
    const metadata = await super.put(content, artifact, options);
    this.#owners.set(metadata.artifactId, metadata.runId);
    return metadata;
  }

  override async list(query?: ArtifactQuery, options?: Abortable): Promise<Page<ArtifactMetadata>> {
    const page = await super.list(query, options);
    const isOwn = ({ artifactId, runId }: ArtifactMetadata): boolean =>
      this.#owners.get(artifactId) === runId;
    return { ...page, items: page.items.filter(isOwn) };
  }
}

class ReleasesShared extends Store {
  override async releaseRun(runId: string): Promise<number> {
    const { items } = await this.list({ runId, limit: 1000 });
    for (const { artifactId } of items) await this.delete(artifactId);
    return items.length;
  }
}

class ReleasesNobodys extends Store {
  override async releaseRun(runId: string): Promise<number> {
    const removed = await super.releaseRun(runId);
    const { items } = await this.list({ limit: 1000 });
    const nobodys = items.filter((item) => item.runId === null);
    for (const { artifactId } of nobodys) await this.delete(artifactId);
    return removed + nobodys.length;
  }
}

class Overwrites extends Store {
  override async put(
    content: ArtifactContent,
    artifact: NewArtifact = {},
    options?: Abortable,
  ): Promise<ArtifactMetadata> {
    if (artifact.artifactId !== undefined) await this.delete(artifact.artifactId);
    return super.put(content, artifact, options);
  }
}

class MendsIds extends Store {
  override async put(
    content: ArtifactContent,
    { artifactId, ...artifact }: NewArtifact = {},
    options?: Abortable,
  ): Promise<ArtifactMetadata> {
    const mended = artifactId === undefined ? {} : { artifactId: artifactId.replace(/\n$/, "") };
    return super.put(content, { ...artifact, ...mended }, options);
  }
}

class KeepsCallersBuffer extends Store {
  readonly #buffers = new Map<string, Uint8Array>();

  override async put(
    content: ArtifactContent,
    artifact?: NewArtifact,
    options?: Abortable,
  ): Promise<ArtifactMetadata> {
    const metadata = await super.put(content, artifact, options);
    if (content instanceof Uint8Array) this.#buffers.set(metadata.artifactId, content);
    return metadata;
  }

  override async *open(artifactId: string, options?: Abortable): AsyncIterable<Uint8Array> {
    for await (const piece of super.open(artifactId, options))
      yield this.#buffers.get(artifactId)?.slice() ?? piece;
  }
}

class HandsOutItsOwn extends Store {
  readonly #pieces = new Map<string, Uint8Array>();

  override async *open(artifactId: string, options?: Abortable): AsyncIterable<Uint8Array> {
    for await (const piece of super.open(artifactId, options)) {
      const own = this.#pieces.get(artifactId) ?? piece;
      this.#pieces.set(artifactId, own);
      yield own;
    }
  }
}

class KeepsBrokenStreams extends Store {
  override async put(
    content: ArtifactContent,
    artifact?: NewArtifact,
    options?: Abortable,
  ): Promise<ArtifactMetadata> {
    if (content instanceof Uint8Array) return super.put(content, artifact, options);
    const pieces: number[] = [];
    try {
      for await (const piece of content) pieces.push(...piece.slice(0, 1000));
    } catch (error) {
      await super.put(Uint8Array.from(pieces), artifact, options);
      throw error;
    }
    return super.put(Uint8Array.from(pieces), artifact, options);
  }
}

class ListsOldestFirst extends Store {
  override async list(query?: ArtifactQuery, options?: Abortable): Promise<Page<ArtifactMetadata>> {
    const page = await super.list(query, options);
    return { ...page, items: page.items.toReversed() };
  }
}

class CountsPages extends Store {
  override async list(
    { cursor = "0~", limit = 100, ...query }: ArtifactQuery = {},
    options?: Abortable,
  ): Promise<Page<ArtifactMetadata>> {
    const { items } = await super.list({ ...query, limit: 1000 }, options);
    const from = Number.parseInt(cursor, 10);
    const nextCursor = items.length > from + limit ? `${from + limit}~` : null;
    return { items: items.slice(from, from + limit), nextCursor };
  }
}

class LimitsFirst extends Store {
  override async list(
    { limit, cursor, ...query }: ArtifactQuery = {},
    options?: Abortable,
  ): Promise<Page<ArtifactMetadata>> {
    const page = { ...(limit !== undefined && { limit }), ...(cursor !== undefined && { cursor }) };
    const { items, nextCursor } = await super.list(page, options);
    const wanted = (await super.list({ ...query, limit: 1000 })).items;
    const ids = new Set(items.map(({ artifactId }) => artifactId));
    return { items: wanted.filter(({ artifactId }) => ids.has(artifactId)), nextCursor };
  }
}

class MixesClaims extends Store {
  override async list(
    query: ArtifactQuery = {},
    options?: Abortable,
  ): Promise<Page<ArtifactMetadata>> {
    const { contentType, ...rest } = query;
    const page = await super.list(rest, options);
    if (contentType === undefined) return page;
    const ofType = (await super.list({ contentType, limit: 1000 })).items;
    const ids = new Set(ofType.map(({ artifactId }) => artifactId));
    return { ...page, items: page.items.filter(({ artifactId }) => ids.has(artifactId)) };
  }
}

class PromisesAnotherPage extends Store {
  override async list(
    query: ArtifactQuery = {},
    options?: Abortable,
  ): Promise<Page<ArtifactMetadata>> {
    const { items, nextCursor } = await super.list(query, options);
    const last = items.at(-1);
    if (last === undefined || items.length !== query.limit) return { items, nextCursor };
    return { items, nextCursor: `${Date.parse(last.createdAt)}~${last.artifactId}` };
  }
}

class NeverCloses extends Store {
  override async close(): Promise<void> {}
}

class IgnoresSignals extends Store {
  override put(content: ArtifactContent, artifact?: NewArtifact): Promise<ArtifactMetadata> {
    return super.put(content, artifact);
  }
}

async function copyWithoutClaims(before: MemoryArtifactStore): Promise<MemoryArtifactStore> {
  const after = new Store();
  for (const { artifactId } of (await before.list({ limit: 1000 })).items)
    await after.put(before.open(artifactId), { artifactId });
  return after;
}

const damage: ArtifactStoreHarness["damage"] = async (store, artifactId) => {
  if (store instanceof DamageableStore) store.damaged.add(artifactId);
};

const opening = (
  Liar: new (options?: ArtifactStoreOptions) => MemoryArtifactStore,
): ArtifactStoreHarness => ({ open: async (options) => new Liar(options) });

/** Honest, with everything the suite can ask for: the twin of the liars. */
export const honestArtifactStore: ArtifactStoreHarness = {
  ...opening(DamageableStore),
  damage,
  reopen: async (store) => store,
};

export const artifactStoreLies: readonly ArtifactStoreLie[] = [
  {
    lie: "serves damaged content unchecked",
    harness: { ...opening(ServesDamage), damage },
    caughtBy: "notices content that is not what was put",
  },
  {
    lie: "keeps only the first piece of a stream",
    harness: opening(CutsStreams),
    caughtBy: "takes a stream for the same artifact as its bytes in one piece",
  },
  {
    lie: "stores the same content twice",
    harness: opening(StoresTwice),
    caughtBy: "stores the same content once",
  },
  {
    lie: "gives an artifact to the last run that put it",
    harness: opening(TakesAway),
    caughtBy: "lets no run take an artifact away from another",
  },
  {
    lie: "removes shared content with the first run that goes",
    harness: opening(ReleasesShared),
    caughtBy: "keeps shared content until the last run gives it up",
  },
  {
    lie: "removes nobody's content with any run",
    harness: opening(ReleasesNobodys),
    caughtBy: "keeps what nobody in particular put until it is deleted",
  },
  {
    lie: "knows no grace",
    harness: { open: async () => new Store() },
    caughtBy: "keeps content that was put lately, also when nobody claims it any more",
  },
  {
    lie: "overwrites a given id in silence",
    harness: opening(Overwrites),
    caughtBy: "never puts other content under an id that is taken",
  },
  {
    lie: "accepts an id with a newline at its end",
    harness: opening(MendsIds),
    caughtBy: "refuses ids that are no file names",
  },
  {
    lie: "keeps the caller's buffer instead of a copy",
    harness: opening(KeepsCallersBuffer),
    caughtBy: "keeps its content when the caller's buffer changes later",
  },
  {
    lie: "hands out its own buffer",
    harness: opening(HandsOutItsOwn),
    caughtBy: "keeps its content when a reader changes what it got",
  },
  {
    lie: "keeps what came of a broken stream",
    harness: opening(KeepsBrokenStreams),
    caughtBy: "stores nothing when the stream breaks",
  },
  {
    lie: "lists the oldest first",
    harness: opening(ListsOldestFirst),
    caughtBy: "lists the latest first, ties by id",
  },
  {
    lie: "finds pages by counting",
    harness: opening(CountsPages),
    caughtBy: "goes on where a page ended, whatever was added and removed meanwhile",
  },
  {
    lie: "cuts to the limit before it filters",
    harness: opening(LimitsFirst),
    caughtBy: "counts the limit among what the filters let through",
  },
  {
    lie: "mixes what two runs said",
    harness: opening(MixesClaims),
    caughtBy: "never mixes what two runs said when it searches",
  },
  {
    lie: "promises a page after the last",
    harness: opening(PromisesAnotherPage),
    caughtBy: "has no further page after the last full one",
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
    lie: "forgets who put what when it is opened again",
    harness: {
      open: async (options) => new Store(options),
      reopen: async (store) =>
        store instanceof MemoryArtifactStore ? copyWithoutClaims(store) : store,
    },
    caughtBy: "has everything again when it is opened again",
  },
];
