import {
  isAbstractRuntimeError,
  randomIds,
  renderRecord,
  type ClaimRequest,
  type Clock,
  type DurableStore,
  type LedgerRecord,
  type RecordRange,
  type StoredRun,
} from "@abstractruntime/core/store";
import { VirtualClock } from "../../clock/virtual-clock.ts";
import { newRun, type NewRunOptions } from "../fixtures/new-run.ts";
import { nextChange, type NextChangeOptions } from "../fixtures/next-change.ts";
import { unique } from "../fixtures/unique.ts";

/** Where a store is to be opened. */
export interface StorePlace {
  /**
   * Name of the data, new for each case, also across processes: `case-` and a UUID. A store whose capabilities say
   * `reopens` finds its data when it is opened at the same place again; one for many processes may be open there twice.
   */
  readonly place: string;
  /** The store's time: it judges leases and due times by this clock. */
  readonly clock: Clock;
}

/** How the suite gets stores. */
export interface StoreUnderTest {
  /** Open the store at a place; the suite closes it. */
  open(at: StorePlace): Promise<DurableStore>;
  /** The store below one that stores records in another form than it gives them: texts are those of its records. */
  readonly atRest?: (store: DurableStore) => DurableStore;
}

/** What one case works on: an empty store of its own. The time is 2026-01-01T00:00:00Z. */
export interface StoreWorld {
  readonly store: DurableStore;
  readonly clock: VirtualClock;
  /** Open the same place once more. */
  open(): Promise<DurableStore>;
  /** The instant `ms` milliseconds from now. */
  in(ms: number): string;
  /** Create a run. */
  start(options?: NewRunOptions): Promise<StoredRun>;
  /** Commit the next change of a run, and read it. */
  commit(read: StoredRun, options?: NextChangeOptions): Promise<StoredRun>;
  /** The run as stored; it must be there. */
  read(runId: string): Promise<StoredRun>;
  /** The texts that a run's records must have, given what `records` gives for the same range. */
  textsOf(
    runId: string,
    records: readonly LedgerRecord[],
    range?: RecordRange,
  ): Promise<readonly string[]>;
  /** Ids of due runs that a claim of everything gets, in its order. */
  claim(request?: Partial<ClaimRequest>): Promise<readonly string[]>;
}

/** A world of its own for one case, closed at its end. */
export async function inNewWorld(
  subject: StoreUnderTest,
  body: (world: StoreWorld) => Promise<void>,
): Promise<void> {
  const clock = new VirtualClock();
  const place = `case-${randomIds.runId()}`;
  const opened: DurableStore[] = [];
  const openAgain = async (): Promise<DurableStore> => {
    const store = await subject.open({ place, clock });
    opened.push(store);
    return store;
  };
  try {
    const store = await openAgain();
    await body({
      ...newWorld(store, clock, openAgain),
      textsOf: async (runId, records, range) =>
        ((await subject.atRest?.(store).records(runId, range)) ?? records).map(renderRecord),
    });
  } finally {
    for (const store of opened) await store.close();
  }
}

function newWorld(
  store: DurableStore,
  clock: VirtualClock,
  open: () => Promise<DurableStore>,
): Omit<StoreWorld, "textsOf"> {
  return {
    store,
    clock,
    open,
    in: (ms) => new Date(clock.now() + ms).toISOString(),
    start: async (options) => (await store.create(newRun(options))).stored,
    commit: async (read, options) => {
      await store.commit(nextChange(read, options));
      return readRun(store, read.run.runId);
    },
    read: (runId) => readRun(store, runId),
    claim: async (request) => {
      const { runs } = await store.claimDue(claimRequest(request));
      return runs.map(({ run }) => run.runId);
    },
  };
}

/** The run as stored. @throws TypeError it is not there. */
export async function readRun(store: DurableStore, runId: string): Promise<StoredRun> {
  const stored = await store.load(runId);
  if (stored === undefined) throw new TypeError(`the store has no run ${runId}`);
  return stored;
}

/** A request for up to 100 due runs, under leases of 30 seconds with ids of their own. */
export function claimRequest(fields: Partial<ClaimRequest> = {}): ClaimRequest {
  const limit = fields.limit ?? 100;
  const leaseIds = Array.from({ length: limit }, () => unique("lease"));
  return { owner: "driver", leaseMs: 30_000, limit, leaseIds, ...fields };
}

/** How a call ended: `fulfilled`, the code of our error, or the error itself. */
export async function endOf(call: Promise<unknown>): Promise<unknown> {
  try {
    await call;
    return "fulfilled";
  } catch (error) {
    return isAbstractRuntimeError(error) ? error.code : error;
  }
}

/** Do something `count` times at once. */
export function atOnce<Result>(
  count: number,
  body: (index: number) => Promise<Result>,
): Promise<Result[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => body(index)));
}
