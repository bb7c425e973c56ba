import { MemoryStore } from "@abstractruntime/core";
import {
  AbstractRuntimeError,
  isAbstractRuntimeError,
  isEnded,
  type Change,
  type Claimed,
  type ClaimRequest,
  type Clock,
  type Committed,
  type Delivery,
  type DurableStore,
  type KeptEvent,
  type LedgerRecord,
  type Message,
  type NewRun,
  type Page,
  type Published,
  type Purged,
  type PurgeRequest,
  type RecordRange,
  type RunQuery,
  type StoredRun,
} from "@abstractruntime/core/store";

/** A store that breaks one promise, and a case that must notice. */
export interface Lie {
  readonly lie: string;
  readonly caughtBy: string;
  readonly open: (clock: Clock) => DurableStore;
}

type Lease = { readonly runId: string; readonly leaseId: string };
type Back = Parameters<DurableStore["giveBack"]>[0];
type Created = Awaited<ReturnType<DurableStore["create"]>>;

/** A lie about commits: what is written is not what was asked for. */
function lyingCommit(
  tell: (change: Change, store: MemoryStore) => Change | Promise<Change>,
): Lie["open"] {
  return (clock) =>
    new (class extends MemoryStore {
      override async commit(change: Change): Promise<Committed> {
        return super.commit(await tell(change, this));
      }
    })({ clock });
}

/** The change as if it had been made at whatever revision the run is at. */
async function rebased(change: Change, store: DurableStore): Promise<Change> {
  const stored = await store.load(change.runId);
  if (stored === undefined || stored.head.commitId === change.commitId) return change;
  const { revision, seq } = stored.run;
  const records = change.records.map((record, index) => ({
    ...record,
    seq: seq + 1 + index,
    revision: revision + 1,
  }));
  const run = { ...change.run, revision: revision + 1, seq: seq + records.length };
  return { ...change, expectedRevision: revision, records, run };
}

/** The change under whatever lease the run is held by. */
async function underItsLease(change: Change, store: DurableStore): Promise<Change> {
  const stored = await store.load(change.runId);
  return stored === undefined ? change : { ...change, leaseId: stored.head.leaseId };
}

/** The messages of the change delivered ahead of it, in writes of their own. */
async function messagesFirst(change: Change, store: DurableStore): Promise<Change> {
  for (const { runId, message } of change.messages) await store.deliver(runId, message);
  return { ...change, messages: [] };
}

class RenewsAnyLease extends MemoryStore {
  override async renew(
    leases: readonly Lease[],
    leaseMs: number,
  ): Promise<ReadonlyMap<string, number>> {
    const held = await Promise.all(
      leases.map(async ({ runId }) => ({
        runId,
        leaseId: (await this.load(runId))?.head.leaseId ?? "",
      })),
    );
    return super.renew(held, leaseMs);
  }
}

class GivesBackUnread extends MemoryStore {
  override giveBack(back: Back): Promise<void> {
    return super.giveBack({ ...back, inboxSeq: Number.MAX_SAFE_INTEGER });
  }
}

class GivesBackForAnybody extends MemoryStore {
  override async giveBack(back: Back): Promise<void> {
    const leaseId = (await this.load(back.runId))?.head.leaseId ?? back.leaseId;
    return super.giveBack({ ...back, leaseId });
  }
}

class DropsARecord extends MemoryStore {
  override async records(runId: string, range?: RecordRange): Promise<readonly LedgerRecord[]> {
    const records = await super.records(runId, range);
    return records.filter(({ seq }) => seq !== 500);
  }
}

class ReordersAPage extends MemoryStore {
  override async list(query?: RunQuery): Promise<Page<StoredRun>> {
    const { items, nextCursor } = await super.list(query);
    return { items: query?.cursor === undefined ? items : items.toReversed(), nextCursor };
  }
}

class LosesTheNextPage extends MemoryStore {
  override async list(query?: RunQuery): Promise<Page<StoredRun>> {
    return { ...(await super.list(query)), nextCursor: null };
  }
}

class ComparesTimesAsText extends MemoryStore {
  override async list({ createdAfter, ...query }: RunQuery = {}): Promise<Page<StoredRun>> {
    const { items, nextCursor } = await super.list(query);
    const after = createdAfter ?? "";
    return { items: items.filter(({ run }) => run.createdAt >= after), nextCursor };
  }
}

class ForgetsKeptEvents extends MemoryStore {
  override async publish(event: KeptEvent): Promise<Published> {
    const waiting = await this.list({ waitKey: event.message.key });
    return waiting.items.length > 0 ? super.publish(event) : { deliveredTo: [], kept: true };
  }
}

class GivesKeptEventsToAll extends MemoryStore {
  readonly #published: KeptEvent[] = [];

  override publish(event: KeptEvent): Promise<Published> {
    this.#published.push(event);
    return super.publish(event);
  }

  override async takeKept(runId: string, keys: readonly string[]): Promise<number> {
    let taken = await super.takeKept(runId, keys);
    for (const { message } of this.#published)
      if (keys.includes(message.key) && (await super.deliver(runId, message)) === "accepted")
        taken += 1;
    return taken;
  }
}

class BroadcastsToOne extends MemoryStore {
  override async publish(event: KeptEvent): Promise<Published> {
    const { items } = await this.list({ waitKey: event.message.key, limit: 1 });
    const [first] = items;
    if (first === undefined) return super.publish(event);
    await super.deliver(first.run.runId, event.message);
    return { deliveredTo: [first.run.runId], kept: false };
  }
}

class ForgetsConsumedMessages extends MemoryStore {
  override async deliver(runId: string, message: Message): Promise<Delivery> {
    const answer = await super.deliver(runId, message);
    if (answer !== "duplicate") return answer;
    const inbox = await this.readInbox(runId);
    if (inbox.some((entry) => entry.message.messageId === message.messageId)) return answer;
    return super.deliver(runId, { ...message, messageId: `${message.messageId} again` });
  }
}

class WakesHeldRuns extends MemoryStore {
  override async deliver(runId: string, message: Message): Promise<Delivery> {
    const answer = await super.deliver(runId, message);
    const leaseId = (await this.load(runId))?.head.leaseId;
    if (typeof leaseId === "string") await this.renew([{ runId, leaseId }], 0);
    return answer;
  }
}

class NeverSaysFull extends MemoryStore {
  override async deliver(runId: string, message: Message): Promise<Delivery> {
    try {
      return await super.deliver(runId, message);
    } catch (error) {
      if (isAbstractRuntimeError(error, "inbox_full")) return "accepted";
      throw error;
    }
  }
}

class KeepsWhatItWasGiven extends MemoryStore {
  readonly #given = new Map<string, StoredRun["run"]>();

  override create(given: NewRun): Promise<Created> {
    this.#given.set(given.run.runId, given.run);
    return super.create(structuredClone(given));
  }

  override async load(runId: string): Promise<StoredRun | undefined> {
    const stored = await super.load(runId);
    const run = this.#given.get(runId);
    return stored?.run.revision === 1 && run !== undefined ? { ...stored, run } : stored;
  }
}

class HandsOutWhatItKeeps extends MemoryStore {
  readonly #read = new Map<string, readonly LedgerRecord[]>();

  override async records(runId: string): Promise<readonly LedgerRecord[]> {
    const known = this.#read.get(runId);
    const records = known ?? structuredClone(await super.records(runId));
    this.#read.set(runId, records);
    return records;
  }
}

class ClaimsTwice extends MemoryStore {
  #last: readonly StoredRun[] = [];

  override async claimDue(request: ClaimRequest): Promise<Claimed> {
    const claimed = await super.claimDue(request);
    const runs =
      claimed.runs.length < request.limit ? [...claimed.runs, ...this.#last] : claimed.runs;
    this.#last = claimed.runs.slice(0, 1);
    return { ...claimed, runs };
  }
}

class ClaimsMoreThanAsked extends MemoryStore {
  override claimDue(request: ClaimRequest): Promise<Claimed> {
    const leaseIds = Array.from({ length: 1_000 }, (_, n) => request.leaseIds[n] ?? `extra-${n}`);
    return super.claimDue({ ...request, limit: 1_000, leaseIds });
  }
}

class IgnoresGraphHashes extends MemoryStore {
  override claimDue(request: ClaimRequest): Promise<Claimed> {
    const { workflows, ...rest } = request;
    if (workflows === undefined) return super.claimDue(rest);
    const named = workflows.map(({ workflowId }) => ({ workflowId }));
    return super.claimDue({ ...rest, workflows: named });
  }
}

class IgnoresVersions extends MemoryStore {
  override claimDue(request: ClaimRequest): Promise<Claimed> {
    const { workflows, ...rest } = request;
    if (workflows === undefined) return super.claimDue(rest);
    const named = workflows.map(({ workflowId, graphHash }) =>
      graphHash === undefined ? { workflowId } : { workflowId, graphHash },
    );
    return super.claimDue({ ...rest, workflows: named });
  }
}

/** Its index of graphs is made when a run is created, and never again. */
class FindsByTheFirstGraph extends MemoryStore {
  readonly #first = new Map<string, string | null>();

  override create(run: NewRun): Promise<Created> {
    this.#first.set(run.run.runId, run.run.graphHash);
    return super.create(run);
  }

  override claimDue(request: ClaimRequest): Promise<Claimed> {
    const { workflows, ...rest } = request;
    if (workflows === undefined) return super.claimDue(rest);
    const hashes = new Set(workflows.map(({ graphHash }) => graphHash));
    const found = [...this.#first].filter(([, hash]) => hash === null || hashes.has(hash));
    return super.claimDue({ ...rest, runIds: found.map(([runId]) => runId) });
  }
}

class NeverTakesOver extends MemoryStore {
  override async claimDue(request: ClaimRequest): Promise<Claimed> {
    const { items } = await this.list({ limit: 1_000 });
    const free = items.filter(({ head }) => head.leaseId === null).map(({ run }) => run.runId);
    return super.claimDue({ runIds: free, ...request });
  }
}

class WakesLate extends MemoryStore {
  override async claimDue(request: ClaimRequest): Promise<Claimed> {
    const { nextWakeAt, ...claimed } = await super.claimDue(request);
    const late = nextWakeAt && new Date(Date.parse(nextWakeAt) + 1).toISOString();
    return { ...claimed, nextWakeAt: late };
  }
}

class CountsNoClaims extends MemoryStore {
  override async load(runId: string): Promise<StoredRun | undefined> {
    const stored = await super.load(runId);
    return stored && { ...stored, head: { ...stored.head, claims: 0 } };
  }
}

class RendersAnew extends MemoryStore {
  override async recordTexts(runId: string, range?: RecordRange): Promise<readonly string[]> {
    const texts = await super.recordTexts(runId, range);
    return texts.map((text) => JSON.stringify(JSON.parse(text)));
  }
}

class StripsNul extends MemoryStore {
  override async load(runId: string): Promise<StoredRun | undefined> {
    const stored = await super.load(runId);
    return stored && JSON.parse(JSON.stringify(stored).replaceAll(String.raw`\u0000`, ""));
  }
}

class OverwritesRuns extends MemoryStore {
  readonly #overwritten = new Map<string, StoredRun>();

  override async create(given: NewRun): Promise<Created> {
    const answer = await super.create(given);
    if (answer.created) return answer;
    await using scratch = new MemoryStore();
    const { stored } = await scratch.create(given);
    this.#overwritten.set(given.run.runId, stored);
    return { created: true, stored };
  }

  override async load(runId: string): Promise<StoredRun | undefined> {
    return this.#overwritten.get(runId) ?? super.load(runId);
  }
}

class ForgetsWhatItCommitted extends MemoryStore {
  override async commit(change: Change): Promise<Committed> {
    const stored = await this.load(change.runId);
    if (stored?.head.commitId === change.commitId)
      throw new AbstractRuntimeError("revision_conflict", "the run is at another revision");
    return super.commit(change);
  }
}

class ChecksBeforeItWrites extends MemoryStore {
  override async commit(change: Change): Promise<Committed> {
    const stored = await this.load(change.runId);
    if (stored !== undefined && stored.run.revision !== change.expectedRevision)
      return super.commit(change);
    // The revision was right a moment ago. What came since is overwritten.
    for (;;) {
      try {
        return await super.commit(await rebased(change, this));
      } catch (error) {
        if (!isAbstractRuntimeError(error, "revision_conflict")) throw error;
      }
    }
  }
}

class WakesPausedRuns extends MemoryStore {
  override async claimDue(request: ClaimRequest): Promise<Claimed> {
    const claimed = await super.claimDue(request);
    const { items } = await this.list({ status: "running" });
    const unread = items.filter(({ run, head }) => run.paused && head.inboxSize > 0);
    return { ...claimed, runs: [...claimed.runs, ...unread] };
  }
}

class ListsChildrenByAge extends MemoryStore {
  override listChildren(parentRunId: string): Promise<Page<StoredRun>> {
    return this.list({ parentRunId });
  }
}

class ReturnsNoMessages extends MemoryStore {
  override async commit(change: Change): Promise<Committed> {
    return { ...(await super.commit(change)), messages: [] };
  }
}

class IgnoresSignals extends MemoryStore {
  override deliver(runId: string, message: Message): Promise<Delivery> {
    return super.deliver(runId, message);
  }
}

class NeverCloses extends MemoryStore {
  override async close(): Promise<void> {}
}

class PurgesWithoutLimit extends MemoryStore {
  override purge({ limit: _limit, ...request }: PurgeRequest): Promise<Purged> {
    return super.purge(request);
  }
}

class PurgesAnything extends MemoryStore {
  override purge({ endedBefore, limit, dryRun }: PurgeRequest): Promise<Purged> {
    const kept = { ...(limit !== undefined && { limit }), ...(dryRun !== undefined && { dryRun }) };
    return super.purge({ endedBefore, ...kept });
  }
}

class PurgesWhenAsked extends MemoryStore {
  override purge({ dryRun: _dryRun, ...request }: PurgeRequest): Promise<Purged> {
    return super.purge(request);
  }
}

/** Looks at each run alone: not at those above it, nor at those below. */
class PurgesRunByRun extends MemoryStore {
  override async purge({ endedBefore, dryRun }: PurgeRequest): Promise<Purged> {
    const before = Date.parse(endedBefore);
    const old = [...this.rows.all()].filter(
      ({ run }) => isEnded(run) && Date.parse(run.updatedAt) < before,
    );
    if (dryRun !== true) for (const row of old) this.rows.remove(row);
    return { runIds: old.map(({ runId }) => runId), artifacts: 0 };
  }
}

const races = "deliveries that race the run's driver";
const resend = "commit, sent again because its answer was lost";
const family = "children and messages of a commit";

/** Every lie that the suite has to catch. */
export const lies: readonly Lie[] = [
  {
    lie: "commits compare no inboxSeq",
    caughtBy: `${races}: make a run due that begins a wait without having read them`,
    open: lyingCommit((change) => ({ ...change, inboxSeq: Number.MAX_SAFE_INTEGER })),
  },
  {
    lie: "commits never refuse new messages",
    caughtBy: `${races}: refuse a change that must not miss them, and nothing is written`,
    open: lyingCommit((change) => ({ ...change, refuseNewMessages: false })),
  },
  {
    lie: "commits succeed by revision alone",
    caughtBy: "leases: refuses a commit under another lease, though the revision is right",
    open: lyingCommit(underItsLease),
  },
  {
    lie: "commits do not compare the revision",
    caughtBy: "commit: refuses a change of another revision and writes none of it",
    open: lyingCommit(rebased),
  },
  {
    lie: "commits compare the revision before they write, in two steps",
    caughtBy: "commit: lets exactly one of many writers of a revision win",
    open: (clock) => new ChecksBeforeItWrites({ clock }),
  },
  {
    lie: "commits lose their messages",
    caughtBy: `${family}: are written with it`,
    open: lyingCommit((change) => ({ ...change, messages: [] })),
  },
  {
    lie: "commits lose their children",
    caughtBy: `${family}: are written with it`,
    open: lyingCommit((change) => ({ ...change, children: [] })),
  },
  {
    lie: "commits deliver their messages although they are refused",
    caughtBy: `${family}: are not written when it is refused`,
    open: lyingCommit(messagesFirst),
  },
  {
    lie: "commits leave consumed messages in the inbox",
    caughtBy: "deliver and readInbox: leaves in the inbox what no record consumed",
    open: lyingCommit((change) => ({ ...change, consumed: [] })),
  },
  {
    lie: "commits let the lease go",
    caughtBy: "commit: holds the run from the write on when it takes or keeps a lease",
    open: lyingCommit((change) => ({ ...change, lease: null })),
  },
  {
    lie: "commits ignore wakeAt",
    caughtBy: "commit: gives the run back, to be looked at at wakeAt",
    open: lyingCommit((change) => ({ ...change, wakeAt: null })),
  },
  {
    lie: "commits return no messages",
    caughtBy: `${races}: are returned by a commit that goes on, which keeps its lease`,
    open: (clock) => new ReturnsNoMessages({ clock }),
  },
  {
    lie: "a commit sent again is a conflict",
    caughtBy: `${resend}: is the success that it was, and written once`,
    open: (clock) => new ForgetsWhatItCommitted({ clock }),
  },
  {
    lie: "renewal ignores the leaseId",
    caughtBy: "leases: is lost to its driver in all it does once another took the run",
    open: (clock) => new RenewsAnyLease({ clock }),
  },
  {
    lie: "a give-back ignores the leaseId",
    caughtBy: "leases: is given back by its holder alone",
    open: (clock) => new GivesBackForAnybody({ clock }),
  },
  {
    lie: "a give-back ignores unread messages",
    caughtBy: "leases: is not given back while there are unread messages",
    open: (clock) => new GivesBackUnread({ clock }),
  },
  {
    lie: "a record is dropped",
    caughtBy: "commit: keeps many records in their order",
    open: (clock) => new DropsARecord({ clock }),
  },
  {
    lie: "record texts are rendered anew",
    caughtBy: "what is stored: comes back as it was: keys that look like numbers",
    open: (clock) => new RendersAnew({ clock }),
  },
  {
    lie: "texts lose their NUL characters",
    caughtBy: "what is stored: comes back as it was: the character NUL",
    open: (clock) => new StripsNul({ clock }),
  },
  {
    lie: "a page is reordered",
    caughtBy: "list: gives everything once, page by page, in the order of one page",
    open: (clock) => new ReordersAPage({ clock }),
  },
  {
    lie: "pages after the first are lost",
    caughtBy: "list: gives everything once, page by page, in the order of one page",
    open: (clock) => new LosesTheNextPage({ clock }),
  },
  {
    lie: "times are compared as text",
    caughtBy: "list: compares times as instants: after is inclusive, before is not",
    open: (clock) => new ComparesTimesAsText({ clock }),
  },
  {
    lie: "kept events are forgotten",
    caughtBy: "publish and takeKept: keeps an event that nobody waits for, for the first that does",
    open: (clock) => new ForgetsKeptEvents({ clock }),
  },
  {
    lie: "kept events go to everybody who asks",
    caughtBy: "publish and takeKept: keeps an event that nobody waits for, for the first that does",
    open: (clock) => new GivesKeptEventsToAll({ clock }),
  },
  {
    lie: "an event reaches only one of those that wait",
    caughtBy:
      "publish and takeKept: gives an event to every run that waits for its key, and to no other",
    open: (clock) => new BroadcastsToOne({ clock }),
  },
  {
    lie: "consumed messages are forgotten",
    caughtBy: "deliver and readInbox: knows a message as a duplicate after a record consumed it",
    open: (clock) => new ForgetsConsumedMessages({ clock }),
  },
  {
    lie: "a delivery lowers the wakeAt of a held run",
    caughtBy: "deliver and readInbox: never touches the lease of a held run",
    open: (clock) => new WakesHeldRuns({ clock }),
  },
  {
    lie: "a full inbox says accepted",
    caughtBy: "deliver and readInbox: refuses the message after 10,000 unconsumed ones",
    open: (clock) => new NeverSaysFull({ clock }),
  },
  {
    lie: "what was given is kept, not copied",
    caughtBy: "what is stored: is not changed by what its giver does to it afterwards (0.2.0 D35)",
    open: (clock) => new KeepsWhatItWasGiven({ clock }),
  },
  {
    lie: "what is kept is handed out, not a copy",
    caughtBy: "what is stored: is not changed by what a reader does to it (0.2.0 D23)",
    open: (clock) => new HandsOutWhatItKeeps({ clock }),
  },
  {
    lie: "a run is claimed twice",
    caughtBy: "claimDue: never gives a run to two callers",
    open: (clock) => new ClaimsTwice({ clock }),
  },
  {
    lie: "more runs are claimed than asked for",
    caughtBy: "claimDue: takes the earliest first, at most as many as asked for",
    open: (clock) => new ClaimsMoreThanAsked({ clock }),
  },
  {
    lie: "runs of another graph are claimed",
    caughtBy: "claimDue: takes runs of the workflows it is given",
    open: (clock) => new IgnoresGraphHashes({ clock }),
  },
  {
    lie: "runs of another version are claimed",
    caughtBy: "claimDue: takes runs that the versions it is given have started",
    open: (clock) => new IgnoresVersions({ clock }),
  },
  {
    lie: "a migrated run is found by the graph that started it",
    caughtBy: "claimDue: finds a run that was migrated by its new graph and version alone",
    open: (clock) => new FindsByTheFirstGraph({ clock }),
  },
  {
    lie: "runs of dead drivers are never claimed",
    caughtBy: "claimDue: takes a run again when its lease has run out, and counts",
    open: (clock) => new NeverTakesOver({ clock }),
  },
  {
    lie: "what is due next is told too late",
    caughtBy: "when to claim again: leads to each run at the time when it becomes due",
    open: (clock) => new WakesLate({ clock }),
  },
  {
    lie: "paused runs are woken",
    caughtBy: "deliver and readInbox: does not wake a paused run, but keeps what comes",
    open: (clock) => new WakesPausedRuns({ clock }),
  },
  {
    lie: "children are listed by age",
    caughtBy: "listChildren: gives each child once, page by page",
    open: (clock) => new ListsChildrenByAge({ clock }),
  },
  {
    lie: "claims are not counted",
    caughtBy: "claimDue: takes a run again when its lease has run out, and counts",
    open: (clock) => new CountsNoClaims({ clock }),
  },
  {
    lie: "create overwrites a run",
    caughtBy: "create: finds the run that has the id instead of making another",
    open: (clock) => new OverwritesRuns({ clock }),
  },
  {
    lie: "an aborted signal is ignored",
    caughtBy:
      "abort, close and capabilities: rejects with the reason of a signal that is aborted already, and changes nothing",
    open: (clock) => new IgnoresSignals({ clock }),
  },
  {
    lie: "a closed store goes on",
    caughtBy:
      "abort, close and capabilities: refuses every call after it was closed, closing apart",
    open: (clock) => new NeverCloses({ clock }),
  },
  {
    lie: "purge ignores its limit",
    caughtBy: "purge: removes the longest ended first, as many as asked for",
    open: (clock) => new PurgesWithoutLimit({ clock }),
  },
  {
    lie: "purge ignores statuses and workflows",
    caughtBy: "purge: passes what each filter asks for",
    open: (clock) => new PurgesAnything({ clock }),
  },
  {
    lie: "purge removes what it was only asked about",
    caughtBy: "purge: changes nothing when it is asked what would go",
    open: (clock) => new PurgesWhenAsked({ clock }),
  },
  ...[
    "removes a family as a whole, from its leaves up, once all of it is old",
    "keeps an ended run as long as a run below it is alive",
    "keeps the ended children of a living run while it waits in the step that started them",
    "never removes the child of a living run whose step nobody knows",
  ].map((title): Lie => ({
    lie: `purge looks at each run alone (${title})`,
    caughtBy: `purge: ${title}`,
    open: (clock) => new PurgesRunByRun({ clock }),
  })),
];
