import { waitingFor } from "../fixtures/drafts.ts";
import { newEvent, newKeptEvent, newLease } from "../fixtures/messages.ts";
import { newRun } from "../fixtures/new-run.ts";
import { nextChange } from "../fixtures/next-change.ts";
import { endOf } from "./store-world.ts";
import type { Theme } from "./theme.ts";

/** Texts that can't be compressed, each with another end: of a thousand characters, as ids and notes may have. */
function long(ending: string): string {
  let state = 1;
  const characters = Array.from({ length: 999 }, () => {
    state = (state * 48_271) % 2_147_483_647;
    return String.fromCodePoint(0x4e00 + (state % 20_000));
  });
  return `${characters.join("")}${ending}`;
}

/** Pairs of names that a store may take for one, or not take at all. */
const hardNames: readonly (readonly [what: string, name: string, other: string])[] = [
  ["with the character NUL", "a\0b", "a\\0b"],
  ["with backslashes and quotes", "a\\\"b'", "a\\\\\"b'"],
  ["that differ in case", "Name", "name"],
  ["that differ in spaces", "name", "name "],
  ["with composed and decomposed accents", "\u00e9", "e\u0301"],
  ["with braces and commas", "{a,b}", "a"],
  ["of a thousand characters", long("x"), long("y")],
];

export const namesTheme: Theme = {
  title: "names",
  cases: (it, expect) => {
    for (const [what, name, other] of hardNames) {
      it(`finds runs by names ${what}`, async ({ store, start, claim }) => {
        const named = (own: string) => ({ workflowId: own, sessionId: own, actorId: own });
        const { runId } = (await start({ ...named(name), wakeAt: "2026-01-01T00:00:00.000Z" })).run;
        await start(named(other));
        for (const query of [{ workflowId: name }, { sessionId: name }, { actorId: name }]) {
          const { items } = await store.list(query);
          expect(items.map(({ run }) => run.runId)).toEqual([runId]);
        }
        expect(await claim({ workflows: [{ workflowId: other }] })).toEqual([]);
        expect(await claim({ workflows: [{ workflowId: name }] })).toEqual([runId]);
      });

      it(`tells events and messages by names ${what}`, async ({ store, start }) => {
        const { runId } = (await start({ records: [waitingFor(name)] })).run;
        expect((await store.publish(newKeptEvent(other))).deliveredTo).toEqual([]);
        expect((await store.publish(newKeptEvent(name))).deliveredTo).toEqual([runId]);
        const kept = (await store.list({ waitKey: name })).items.map(({ run }) => run.runId);
        expect(kept).toEqual([runId]);
        const late = (await start({ records: [waitingFor(other)] })).run.runId;
        expect(await store.takeKept(late, [name])).toBe(0);
        expect(await store.takeKept(late, [other])).toBe(1);
        const [one, two] = [name, other].map((messageId) => ({ ...newEvent(), messageId }));
        for (const message of [one, two, one]) if (message) await store.deliver(late, message);
        const inbox = await store.readInbox(late, { after: 1 });
        expect(inbox.map(({ message }) => message.messageId)).toEqual([name, other]);
      });

      it(`gives leases and commits back by names ${what}`, async ({ store, read }) => {
        const lease = newLease({ leaseId: name, owner: name });
        const { stored } = await store.create(newRun({ lease, commitId: other }));
        expect([stored.head.leaseId, stored.head.leaseOwner]).toEqual([name, name]);
        expect(stored.head.commitId).toBe(other);
        const { runId } = stored.run;
        const stolen = nextChange(stored, { leaseId: other });
        expect(await endOf(store.commit(stolen))).toBe("lease_lost");
        expect([...(await store.renew([{ runId, leaseId: other }], 1_000)).keys()]).toEqual([]);
        expect([...(await store.renew([{ runId, leaseId: name }], 1_000)).keys()]).toEqual([runId]);
        const change = nextChange(stored, { commitId: name, lease });
        await store.commit(change);
        expect(await endOf(store.commit(change))).toBe("fulfilled");
        expect((await read(runId)).head.commitId).toBe(name);
        const back = { runId, leaseId: name, inboxSeq: 0, wakeAt: null };
        expect(await endOf(store.giveBack({ ...back, leaseId: other }))).toBe("lease_lost");
        expect(await endOf(store.giveBack(back))).toBe("fulfilled");
      });
    }
  },
};
