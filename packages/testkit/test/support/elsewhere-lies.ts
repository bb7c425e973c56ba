import { MemoryStore } from "@abstractruntime/core";
import {
  renderRecord,
  type Delivery,
  type Message,
  type NewRun,
  type RecordRange,
} from "@abstractruntime/core/store";
import type { Lie } from "./lies.ts";

type Created = Awaited<ReturnType<MemoryStore["create"]>>;

class KeepsRecordsOnly extends MemoryStore {
  override async recordTexts(runId: string, range?: RecordRange): Promise<readonly string[]> {
    return (await this.records(runId, range)).map(renderRecord);
  }
}

class TidiesLines extends MemoryStore {
  override async recordTexts(runId: string, range?: RecordRange): Promise<readonly string[]> {
    const texts = await super.recordTexts(runId, range);
    return texts.map((text) => JSON.stringify(JSON.parse(text)));
  }
}

class ForgetsWhatWasRead extends MemoryStore {
  override async deliver(runId: string, message: Message): Promise<Delivery> {
    const answer = await super.deliver(runId, message);
    return answer === "duplicate"
      ? super.deliver(runId, { ...message, messageId: `${message.messageId} again` })
      : answer;
  }
}

class TakesTheTopAlone extends MemoryStore {
  override create(given: NewRun): Promise<Created> {
    return super.create(given.texts === undefined ? given : { ...given, children: [] });
  }
}

class DropsTheInbox extends MemoryStore {
  override create(given: NewRun): Promise<Created> {
    return super.create(given.texts === undefined ? given : { ...given, messages: [] });
  }
}

class TakesAnything extends MemoryStore {
  override create({ texts, ...given }: NewRun): Promise<Created> {
    const isSound = texts?.length === given.run.seq;
    return super.create(isSound ? { ...given, texts } : given);
  }
}

const elsewhere = "a run from elsewhere";

/** Lies about runs that come with their whole ledger. The suite has to catch each. */
export const elsewhereLies: readonly Lie[] = [
  {
    lie: "lines of 0.2.0 are lost",
    caughtBy: `${elsewhere}: keeps lines of 0.2.0 to the letter, before the record that adopted the run`,
    open: (clock) => new KeepsRecordsOnly({ clock }),
  },
  {
    lie: "lines are parsed and written anew",
    caughtBy: `${elsewhere}: keeps lines of 0.2.0 to the letter, before the record that adopted the run`,
    open: (clock) => new TidiesLines({ clock }),
  },
  {
    lie: "what its records consumed is not known",
    caughtBy: `${elsewhere}: knows what it has read: a message sent again is a duplicate`,
    open: (clock) => new ForgetsWhatWasRead({ clock }),
  },
  {
    lie: "runs below it are left out",
    caughtBy: `${elsewhere}: comes with those below it and with what nobody had read, in one write`,
    open: (clock) => new TakesTheTopAlone({ clock }),
  },
  {
    lie: "its inbox is left out",
    caughtBy: `${elsewhere}: comes with those below it and with what nobody had read, in one write`,
    open: (clock) => new DropsTheInbox({ clock }),
  },
  {
    lie: "lines that are not the ledger's are dropped",
    caughtBy: `${elsewhere}: is refused when its records are not the last of its lines, and nothing is stored`,
    open: (clock) => new TakesAnything({ clock }),
  },
];
