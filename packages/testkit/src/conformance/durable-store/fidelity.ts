import { type JsonObject, type JsonValue, type StoredRun } from "@abstractruntime/core/store";
import { begun, completed, ended, moved, newWait, waiting } from "../fixtures/drafts.ts";
import { newEvent } from "../fixtures/messages.ts";
import { newRun } from "../fixtures/new-run.ts";
import { nextChange } from "../fixtures/next-change.ts";
import type { Theme } from "./theme.ts";

/** Values that stores are known to change. Parsed from text, since a literal `__proto__` would set the prototype. */
const hardValues: readonly (readonly [what: string, value: JsonValue])[] = [
  ["the character NUL", "a\u0000b"],
  ["line separators U+2028 and U+2029", "a\u2028b\u2029c"],
  ["characters beyond the basic plane", "\u{1F600} \u{10FFFF} \u{20000}"],
  ["decomposed and composed accents", "e\u0301 \u00e9"],
  ["control characters, quotes and backslashes", '\u0001\u001f\u007f"\\/\b\f\n\r\t'],
  ["a byte order mark and the replacement character", "\uFEFF\uFFFD\uFFFE"],
  ["empty strings, objects and arrays", ["", {}, [], [[]], [{}], { "": "" }]],
  ["numbers with exponents", [1e21, 1e-7, 4.5e-5, 1.7976931348623157e308, 5e-324, 1e300]],
  ["integers up to 2^53", [9007199254740991, -9007199254740991, 4294967296, -1, 0]],
  ["fractions", [0.1, 0.30000000000000004, 1 / 3, 123456789.12345679]],
  ["truth values and null", [true, false, null, { yes: true, no: false, nothing: null }]],
  ["keys that look like numbers", { "10": "a", "9": "b", "-1": "c", "01": "d", a: "e" }],
  [
    "keys that objects inherit",
    JSON.parse('{"__proto__":{"x":1},"constructor":1,"toString":"s","hasOwnProperty":null}'),
  ],
  ["keys with dots, slashes and tildes", { "a.b": 1, "a/b": 2, "~": 3, "~1": 4, " ": 5 }],
  ["keys in no order", { z: 1, a: 2, M: 3, "\u00e9": 4, "\u{1F600}": 5, "\uFFFD": 6 }],
  [
    "text that looks like other things",
    ["null", "2026-01-01", "1e5", "NaN", "undefined", "{}", "'; --", "%s $1 ?"],
  ],
  ["deep nesting", nested(100)],
  ["a long string", "0123456789".repeat(20_000)],
];

function nested(depth: number): JsonValue {
  return depth === 0 ? "bottom" : { in: [nested(depth - 1)] };
}

/** A value as text that tells all differences but the order of keys: what `toEqual` can't see, such as `__proto__` keys. */
function exactly(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === "object" && member !== null && !Array.isArray(member)
      ? { entries: Object.entries(member).toSorted(([a], [b]) => (a < b ? -1 : 1)) }
      : member,
  );
}

/** Try to change a value at every level, as a careless caller might. What is frozen throws; that is fine. */
function vandalize(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  for (const member of Object.values(value)) vandalize(member);
  try {
    Object.assign(value, { vandalized: true });
    if (Array.isArray(value)) value.push("vandalized");
  } catch {
    // Frozen: nothing was changed.
  }
}

export const fidelityTheme: Theme = {
  title: "what is stored",
  cases: (it, expect) => {
    for (const [what, value] of hardValues)
      it(`comes back as it was: ${what}`, async ({ store, start, commit, textsOf }) => {
        const message = newEvent("key", value);
        const started = await start({ vars: { value } });
        await store.deliver(started.run.runId, message);
        const records = [moved({ moved: value }), begun(1, { value }), completed(1, value)];
        const change = nextChange(started, { records });
        await store.commit(change);
        const stored = await store.load(started.run.runId);
        expect(exactly(stored?.run)).toBe(exactly(change.run));
        const ledger = await store.records(started.run.runId, { after: 1 });
        expect(exactly(ledger)).toBe(exactly(change.records));
        expect(await store.recordTexts(started.run.runId, { after: 1 })).toEqual(
          await textsOf(started.run.runId, change.records, { after: 1 }),
        );
        const inbox = await store.readInbox(started.run.runId);
        expect(exactly(inbox)).toBe(exactly([{ position: 1, message }]));
        const last = await commit({ ...(stored ?? started) }, { records: [ended(value)] });
        expect(exactly(last.run.output)).toBe(exactly(value));
      });

    it("comes back as it was: every field of a wait and of a pending effect", async (world) => {
      const wait = newWait({
        reason: "event",
        waitKeys: ["a", "b"],
        stepId: "step-1",
        onErrorNode: "sorry",
        prompt: "Continue?",
        choices: ["yes", { label: "no", value: 0 }],
        allowFreeText: false,
        details: { of: "the matter" },
        timeout: { at: "2026-02-01T00:00:00.000Z", node: "late" },
      });
      const waits = await world.start({ records: [waiting(wait)] });
      expect((await world.read(waits.run.runId)).run.waiting).toEqual(wait);
      const change = nextChange(await world.start(), { records: [begun(1, { prompt: "x" })] });
      await world.store.commit(change);
      expect((await world.read(change.runId)).run.pending).toEqual(change.run.pending);
    });

    it("is not changed by what its giver does to it afterwards (0.2.0 D35)", async (world) => {
      const given = newRun({ vars: { list: [{ n: 1 }] }, wakeAt: world.in(0) });
      const wanted = structuredClone(given);
      await world.store.create(given);
      vandalize(given);
      const first = await world.read(wanted.run.runId);
      expect(exactly(first.run)).toBe(exactly(wanted.run));

      const change = nextChange(first, {
        records: [moved({ more: { deep: [1] } }), begun(1, { p: [2] })],
      });
      const wantedChange = structuredClone(change);
      await world.store.commit(change);
      vandalize(change);
      const second = await world.read(wanted.run.runId);
      expect(exactly(second.run)).toBe(exactly(wantedChange.run));
      const ledger = await world.store.records(wanted.run.runId);
      expect(exactly(ledger)).toBe(exactly([...wanted.records, ...wantedChange.records]));
    });

    it("is not changed by what a sender does to its message afterwards", async (world) => {
      const { runId } = (await world.start()).run;
      const message = newEvent("key", { list: [1] });
      const kept = { message: newEvent("kept", { list: [2] }), expiresAt: world.in(60_000) };
      const wanted = structuredClone([message, kept.message]);
      await world.store.deliver(runId, message);
      await world.store.publish(kept);
      vandalize([message, kept]);
      await world.store.takeKept(runId, ["kept"]);
      const inbox = await world.store.readInbox(runId);
      expect(exactly(inbox.map((entry) => entry.message))).toBe(exactly(wanted));
    });

    it("does not freeze a sender's message", async (world) => {
      const { runId } = (await world.start()).run;
      const message = newEvent("key", { list: [1] });
      await world.store.deliver(runId, message);
      expect(Object.isFrozen(message) || Object.isFrozen(message.payload)).toBe(false);
    });

    it("is not changed by what a reader does to it (0.2.0 D23)", async ({
      store,
      start,
      commit,
    }) => {
      const { run } = await commit(await start({ vars: { list: [{ n: 1 }] } }), {
        records: [moved({ more: { deep: [1] } })],
      });
      await store.deliver(run.runId, newEvent("key", { list: [1] }));
      const readAll = async (): Promise<unknown[]> => [
        await store.load(run.runId),
        await store.list(),
        await store.records(run.runId),
        await store.readInbox(run.runId),
      ];
      const before = exactly(await readAll());
      vandalize(await readAll());
      expect(exactly(await readAll())).toBe(before);
    });

    it("is frozen to its last leaf when it is handed out", async ({ store, start, commit }) => {
      const first: StoredRun = await start({ vars: { list: [{ n: 1 }] } });
      const stored = await commit(first, { records: [moved({ context: { deep: [[1]] } })] });
      const vars: JsonObject = stored.run.vars;
      expect(isFrozenDeep(vars)).toBe(true);
      expect(isFrozenDeep(stored)).toBe(true);
      expect(isFrozenDeep((await store.records(stored.run.runId))[0])).toBe(true);
    });
  },
};

function isFrozenDeep(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(isFrozenDeep);
}
