import { artifactRef, createSnapshot, type EffectContext } from "@abstractruntime/core";
import { defineEffect, EffectError, type JsonValue, putText } from "@abstractruntime/core";
import { randomIds, systemClock } from "@abstractruntime/core";
import type { FileStore } from "../../src/index.ts";
import type { EvidenceLog } from "./evidence.ts";

/** What effect handlers of the worker use. */
export interface Tools {
  readonly store: FileStore;
  readonly evidence: EvidenceLog;
  /** Tells the parent, which may kill upon it. */
  readonly say: (text: string) => void;
}

/** Do something and leave evidence of it: that it began, and, in one write with the doing, that it was done. */
async function witnessed(
  context: EffectContext,
  work: () => JsonValue | Promise<JsonValue>,
): Promise<JsonValue> {
  const { evidence, say } = context.context as Tools;
  const { runId, stepId, attempt, idempotencyKey: key } = context;
  const add = (phase: "end" | "fail" | "start", result: JsonValue): void => {
    evidence.add({ phase, runId, stepId, attempt, key, result });
    say(`${phase} ${stepId}`);
  };
  add("start", null);
  try {
    const result = await work();
    add("end", result);
    return result;
  } catch (error) {
    add("fail", String(error));
    throw error;
  }
}

/** How often a step has failed, in all processes. */
function failuresOf({ context, stepId }: EffectContext): number {
  const deeds = (context as Tools).evidence.of(stepId);
  return deeds.filter(({ phase }) => phase === "fail").length;
}

interface Item {
  readonly item: number | string;
}

export const lookUp = defineEffect({
  type: "look_up",
  replay: "safe",
  perform: ({ item }: Item, context) => witnessed(context, () => ({ found: item })),
});

export const charge = defineEffect({
  type: "charge",
  replay: "idempotent",
  perform: ({ item }: Item, context) =>
    witnessed(context, async () => {
      await new Promise(setImmediate);
      return { charged: item };
    }),
});

export const sendMail = defineEffect({
  type: "send_mail",
  replay: "never",
  perform: ({ item }: Item, context) =>
    witnessed(context, async () => {
      await new Promise(setImmediate);
      return { mailed: item };
    }),
});

/** Fails twice before it works. */
export const flaky = defineEffect({
  type: "flaky",
  replay: "safe",
  retry: { maxAttempts: 1_000, baseMs: 2, maxMs: 4 },
  perform: ({ item }: Item, context) =>
    witnessed(context, () => {
      if (failuresOf(context) < 2) throw new Error("not yet");
      return { worked: item };
    }),
});

/** May happen once only; its first attempt fails, and certainly did nothing. */
export const reserve = defineEffect({
  type: "reserve",
  replay: "never",
  retry: { maxAttempts: 1_000, baseMs: 2, maxMs: 4 },
  perform: ({ item }: Item, context) =>
    witnessed(context, () => {
      if (failuresOf(context) < 1) throw new EffectError("sold out", { certain: true });
      return { reserved: item };
    }),
});

export const doomed = defineEffect({
  type: "doomed",
  replay: "safe",
  perform: (_payload: Item, context) =>
    witnessed(context, () => {
      throw new EffectError("it can't be done", { final: true, code: "doomed" });
    }),
});

/** Stores a text as an artifact of its run. */
export const writePaper = defineEffect({
  type: "write_paper",
  replay: "idempotent",
  perform: ({ item }: Item, context) =>
    witnessed(context, async () => {
      const { artifacts } = (context.context as Tools).store;
      const { artifactId } = await putText(artifacts, `paper ${item}\n`.repeat(50), {
        runId: context.runId,
      });
      return artifactRef(artifactId);
    }),
});

/** Saves a snapshot of its run under a name made of the payload. */
export const bookmark = defineEffect({
  type: "bookmark",
  replay: "idempotent",
  perform: ({ item }: Item, context) =>
    witnessed(context, async () => {
      const { store } = context.context as Tools;
      const run = (await store.load(context.runId))?.run;
      if (run === undefined) throw new Error("a run performs this");
      const snapshotId = `${context.runId}-${item}`;
      const options = { run, name: `bookmark ${item}`, snapshotId };
      await store.snapshots.save(
        createSnapshot({ ...options, ids: randomIds, clock: systemClock }),
      );
      return { bookmarked: item };
    }),
});

export const effects = [
  lookUp,
  charge,
  sendMail,
  flaky,
  reserve,
  doomed,
  writePaper,
  bookmark,
] as const;
