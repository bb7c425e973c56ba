import { MemoryStore } from "@abstractruntime/core";
import type {
  Delivery,
  LedgerRecord,
  Message,
  NewRun,
  Purged,
  PurgeRequest,
  RecordRange,
} from "@abstractruntime/core/store";
import type { Lie } from "./lies.ts";

type Created = Awaited<ReturnType<MemoryStore["create"]>>;

/** A store that knows what its forks copied. */
class NotesForks extends MemoryStore {
  protected readonly forks = new Map<string, NonNullable<NewRun["copyOf"]>>();

  override async create(given: NewRun): Promise<Created> {
    const answer = await super.create(given);
    if (given.copyOf !== undefined && answer.created) this.forks.set(given.run.runId, given.copyOf);
    return answer;
  }

  /** Its ledger with each copied record changed, or left out. */
  protected async changed(
    runId: string,
    range: RecordRange | undefined,
    change: (record: LedgerRecord, seq: number) => LedgerRecord | null,
  ): Promise<readonly LedgerRecord[]> {
    const records = await super.records(runId, range);
    const copied = this.forks.get(runId)?.seq ?? 0;
    return records.flatMap((record) =>
      record.seq > copied ? [record] : (change(record, copied) ?? []),
    );
  }
}

class RenamesWhatItCopies extends NotesForks {
  override records(runId: string, range?: RecordRange): Promise<readonly LedgerRecord[]> {
    return this.changed(runId, range, (record) => ({ ...record, runId }));
  }
}

class ClosesTheLastCommit extends NotesForks {
  override records(runId: string, range?: RecordRange): Promise<readonly LedgerRecord[]> {
    return this.changed(runId, range, (record, seq) =>
      record.seq === seq ? { ...record, last: true } : record,
    );
  }
}

class ReadsThroughToItsOrigin extends NotesForks {
  override async records(runId: string, range?: RecordRange): Promise<readonly LedgerRecord[]> {
    const origin = this.forks.get(runId);
    const isThere = origin === undefined || (await this.load(origin.runId)) !== undefined;
    return isThere ? super.records(runId, range) : this.changed(runId, range, () => null);
  }
}

class PurgesForksToo extends NotesForks {
  override async purge(request: PurgeRequest): Promise<Purged> {
    const purged = await super.purge(request);
    for (const [runId, origin] of this.forks)
      if (purged.runIds.includes(origin.runId)) {
        const row = this.rows.get(runId);
        if (row !== undefined) this.rows.remove(row);
      }
    return purged;
  }
}

class InheritsConsumedMessages extends NotesForks {
  override async deliver(runId: string, message: Message): Promise<Delivery> {
    const origin = this.forks.get(runId);
    if (origin === undefined) return super.deliver(runId, message);
    const before = await super.deliver(origin.runId, message);
    return before === "duplicate" ? "duplicate" : super.deliver(runId, message);
  }
}

class TakesOriginsUnseen extends MemoryStore {
  override create({ copyOf: _copyOf, ...given }: NewRun): Promise<Created> {
    return super.create(given);
  }
}

/** Lies about forks. */
export const forkLies: readonly Lie[] = [
  {
    lie: "copied records get the fork's id",
    caughtBy: "a fork: begins with 6 records of another run, to the letter",
    open: (clock) => new RenamesWhatItCopies({ clock }),
  },
  {
    lie: "a commit that is copied in part is closed",
    caughtBy: "a fork: begins with 5 records of another run, to the letter",
    open: (clock) => new ClosesTheLastCommit({ clock }),
  },
  {
    lie: "copied records are read from the origin",
    caughtBy: "a fork: outlives its origin",
    open: (clock) => new ReadsThroughToItsOrigin({ clock }),
  },
  {
    lie: "forks are purged with their origin",
    caughtBy: "a fork: outlives its origin",
    open: (clock) => new PurgesForksToo({ clock }),
  },
  {
    lie: "a fork knows the messages of its origin",
    caughtBy: "a fork: takes a message that its origin has consumed before",
    open: (clock) => new InheritsConsumedMessages({ clock }),
  },
  {
    lie: "nothing is copied",
    caughtBy: "a fork: is refused, and nothing is stored, when what it copies is not there",
    open: (clock) => new TakesOriginsUnseen({ clock }),
  },
];
