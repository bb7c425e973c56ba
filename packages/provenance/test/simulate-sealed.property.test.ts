import { MemoryArtifactStore, MemoryStore, offload } from "@abstractruntime/core";
import { foldRun, type Clock, type DurableStore } from "@abstractruntime/core/store";
import { simulate } from "@abstractruntime/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyWorkflow } from "../../testkit/test/support/any-workflow.ts";
import { familyOf } from "../../testkit/test/support/family.ts";
import { digestPayloads, encrypt, hashChain, redact, RunKeys, verifyRun } from "../src/index.ts";
import { newKey } from "./support/new-key.ts";

/** More of them by SIMULATION_RUNS; other ones by SIMULATION_SEED. */
const numRuns = Number(process.env["SIMULATION_RUNS"] ?? 10);
const seed = Number(process.env["SIMULATION_SEED"] ?? 1);

const anySeed = fc.integer({ min: 1, max: 1_000_000 });
const keys = { current: "k1", keys: { k1: newKey() } };
const artifacts = (): MemoryArtifactStore => new MemoryArtifactStore();

type Decorate = (store: DurableStore) => DurableStore;

const decorations: readonly (readonly [string, Decorate])[] = [
  ["redacted", (store) => redact(store, { cachedRuns: 1 })],
  ["encrypted", (store) => encrypt(store, { keys })],
  [
    "encrypted by a process that remembers nothing",
    (store) => encrypt(store, { keys, cachedRuns: 0, cachedKeys: 1 }),
  ],
  [
    "encrypted, each by its own key",
    (store) => encrypt(store, { keys: new RunKeys({ master: keys, vault: artifacts() }) }),
  ],
  ["digested", (store) => digestPayloads(store, { payloads: artifacts() })],
  [
    "decorated by all",
    (store) =>
      redact(
        offload(encrypt(digestPayloads(store, { payloads: artifacts() }), { keys }), {
          artifacts: artifacts(),
          thresholdBytes: 40,
        }),
      ),
  ],
];

describe("under crashes and lost answers", () => {
  it.each(decorations)(
    "runs that are %s end as they would, and are at rest what they were",
    (_what, decorate) =>
      fc.assert(
        fc.asyncProperty(anyWorkflow(), anySeed, async (spec, chance) => {
          const family = familyOf(spec);
          const calm = await simulate({ ...family, seed: chance, drivers: 1 });
          let inner: DurableStore | undefined;
          const rough = await simulate({
            ...family,
            seed: chance,
            drivers: 3,
            crashes: 3,
            faults: { failed: 0.03, lost: 0.05, delayed: 0.05 },
            store: (clock: Clock) => {
              inner = new MemoryStore({ clock });
              return decorate(hashChain(inner));
            },
          });
          expect(rough.ends).toEqual(calm.ends);
          for (const runId of rough.runs.keys()) {
            const store = inner ?? fail();
            expect(foldRun(await store.records(runId))).toEqual((await store.load(runId))?.run);
            expect(await verifyRun(store, runId)).toMatchObject({ ok: true, problems: [] });
          }
        }),
        { numRuns, seed },
      ),
  );
});

function fail(): never {
  throw new TypeError("the simulation made no store");
}
