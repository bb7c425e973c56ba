import { exportRun, importRun, MemoryStore } from "@abstractruntime/core";
import { type Clock, type DurableStore, isEnded } from "@abstractruntime/core/store";

/** An effect that must not be repeated, and always moves in its middle, would never end. */
const maxMoves = 20;

/** A memory store whose runs can be taken out as bundles and brought in again, as if they moved to another place. */
class Luggage extends MemoryStore {
  moves = 0;

  /** Move the family of a run. Nobody may call the store meanwhile. */
  async move(runId: string): Promise<void> {
    const root = await this.#rootOf(runId);
    const bundle: Uint8Array[] = [];
    for await (const piece of exportRun({ store: this, clock: this.clock }, root))
      bundle.push(piece);
    const before = await this.#family(root);
    // Nobody will read what is unread in the inbox of a run that has ended: it stays behind.
    if (await this.#leavesBehind([...before.keys()])) return;
    for (const id of before.keys()) this.#remove(id);
    await importRun({ store: this, clock: this.clock }, streamOf(bundle));
    const after = await this.#family(root);
    if (JSON.stringify([...after]) !== JSON.stringify([...before]))
      throw new Error(`run ${root} is another after its move`);
    this.moves += 1;
  }

  async #rootOf(runId: string): Promise<string> {
    const parent = (await this.load(runId))?.run.parentRunId ?? null;
    return parent === null || (await this.load(parent)) === undefined
      ? runId
      : this.#rootOf(parent);
  }

  /** The lines of a family's ledgers, by run. */
  async #family(root: string): Promise<ReadonlyMap<string, readonly string[]>> {
    const family = new Map<string, readonly string[]>();
    const ids = [root];
    for (const id of ids) {
      family.set(id, await this.recordTexts(id));
      const { items } = await this.listChildren(id, { limit: 1_000 });
      ids.push(...items.map(({ run }) => run.runId));
    }
    return family;
  }

  async #leavesBehind(runIds: readonly string[]): Promise<boolean> {
    const stored = await Promise.all(runIds.map((runId) => this.load(runId)));
    return stored.some(
      (found) => found !== undefined && isEnded(found.run) && found.head.inboxSize > 0,
    );
  }

  #remove(runId: string): void {
    const row = this.rows.get(runId);
    if (row !== undefined) this.rows.remove(row);
  }
}

/** A store that moves a family after every so many commits; who held its runs has lost them. */
export function movingStore(
  clock: Clock,
  every: number,
): DurableStore & { readonly moves: number } {
  const store = new Luggage({ clock });
  let commits = 0;
  let turn: Promise<unknown> = Promise.resolve();
  const moveAfter = async (runId: string): Promise<void> => {
    commits += 1;
    if (commits % every === 0 && store.moves < maxMoves) await store.move(runId);
  };
  return new Proxy(store, {
    get(target, name): unknown {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== "function") return member;
      return (...args: readonly unknown[]): Promise<unknown> => {
        const call = turn.then(async () => {
          const answer: unknown = await Reflect.apply(member, target, args);
          if (name === "commit") await moveAfter((args[0] as { runId: string }).runId);
          return answer;
        });
        turn = call.catch(() => undefined);
        return call;
      };
    },
  });
}

async function* streamOf(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, void> {
  yield* pieces;
}
