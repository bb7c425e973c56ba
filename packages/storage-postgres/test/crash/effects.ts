import {
  defineEffect,
  type EffectContext,
  EffectError,
  type JsonValue,
} from "@abstractruntime/core";
import type { Deed, Line } from "./job.ts";

interface Item {
  readonly item: number | string;
}

/** Do something that takes a moment, and leave evidence: that it began, and, in one write with the doing, that it was done. */
async function witnessed(context: EffectContext, work: () => JsonValue): Promise<JsonValue> {
  const { runId, stepId, attempt, idempotencyKey: key } = context;
  const add = context.context as (line: Line) => void;
  const note = (phase: Deed["phase"], result: JsonValue): void =>
    add({ kind: "deed", phase, runId, stepId, attempt, key, result });
  note("start", null);
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 4));
  try {
    const result = work();
    note("end", result);
    return result;
  } catch (error) {
    note("fail", String(error));
    throw error;
  }
}

const lookUp = defineEffect({
  type: "look_up",
  replay: "safe",
  perform: ({ item }: Item, context) => witnessed(context, () => ({ found: item })),
});

const charge = defineEffect({
  type: "charge",
  replay: "idempotent",
  perform: ({ item }: Item, context) => witnessed(context, () => ({ charged: item })),
});

const sendMail = defineEffect({
  type: "send_mail",
  replay: "never",
  perform: ({ item }: Item, context) => witnessed(context, () => ({ mailed: item })),
});

/** Fails at first. */
const flaky = defineEffect({
  type: "flaky",
  replay: "safe",
  retry: { maxAttempts: 1_000, baseMs: 5, maxMs: 20 },
  perform: ({ item }: Item, context) =>
    witnessed(context, () => {
      if (context.attempt === 1) throw new Error("not yet");
      return { worked: item };
    }),
});

/** May happen once only; its first attempt fails, and certainly did nothing. */
const reserve = defineEffect({
  type: "reserve",
  replay: "never",
  retry: { maxAttempts: 1_000, baseMs: 5, maxMs: 20 },
  perform: ({ item }: Item, context) =>
    witnessed(context, () => {
      if (context.attempt === 1) throw new EffectError("sold out", { certain: true });
      return { reserved: item };
    }),
});

export const effects = { lookUp, charge, sendMail, flaky, reserve } as const;
