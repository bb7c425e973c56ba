import { describe, expect, it } from "vitest";
import { readFixture } from "../../test/fixture.ts";
import type { JsonObject } from "../json/json-value.ts";
import { type LosslessObject, type LosslessValue, parseLossless } from "../json/lossless-json.ts";
import { computeIdempotencyKey } from "./legacy-idempotency-key.ts";

interface Case {
  readonly note: string;
  readonly run_id: string;
  readonly node_id: string;
  readonly effect: { readonly type: string; readonly payload: JsonObject };
  readonly key: string;
  readonly lossless_numbers_needed: boolean;
}

const text = readFixture("keys.json");
const { cases } = JSON.parse(text) as { readonly cases: readonly Case[] };
const lossless = (parseLossless(text) as LosslessObject).get("cases") as readonly LosslessObject[];

function losslessPayload(index: number): LosslessValue {
  const effect = lossless[index]?.get("effect") as LosslessObject;
  return effect.get("payload") ?? null;
}

describe("computeIdempotencyKey", () => {
  it.each(cases.map((row, index) => ({ ...row, index })))("gives 0.2.0's key: $note", (row) => {
    const effect = { type: row.effect.type, payload: losslessPayload(row.index) };
    const key = computeIdempotencyKey({ runId: row.run_id, nodeId: row.node_id, effect });
    expect(key).toBe(row.key);
  });

  it.each(cases.filter((row) => !row.lossless_numbers_needed))(
    "gives it for plain JSON: $note",
    (row) => {
      const key = computeIdempotencyKey({
        runId: row.run_id,
        nodeId: row.node_id,
        effect: row.effect,
      });
      expect(key).toBe(row.key);
    },
  );
});
