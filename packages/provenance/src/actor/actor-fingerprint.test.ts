import { LosslessNumber, parseLossless, type LosslessObject } from "@abstractruntime/core/store";
import { describe, expect, it } from "vitest";
import { readFixture } from "../../test/fixture.ts";
import { ActorFingerprint } from "./actor-fingerprint.ts";

const { cases } = JSON.parse(readFixture("fingerprints.json")) as {
  readonly cases: readonly Readonly<Record<string, unknown>>[];
};
const lossless = (
  parseLossless(readFixture("fingerprints.json")) as ReadonlyMap<string, readonly LosslessObject[]>
).get("cases");

describe("ActorFingerprint", () => {
  it.each(cases.map((expected, index) => [expected["canonical"], index] as const))(
    "gives %s the id that 0.2.0 gives it",
    (_canonical, index) => {
      const given = lossless?.[index];
      const expected = cases[index];
      const actor = new ActorFingerprint({
        kind: given?.get("kind") as string,
        displayName: given?.get("display_name") as string | null,
        metadata: given?.get("metadata") as LosslessObject | null,
      });
      expect(actor.actorId).toBe(expected?.["actor_id"]);
      expect(actor.toJSON()).toEqual({
        actor_id: expected?.["actor_id"],
        kind: expected?.["kind"],
        display_name: expected?.["display_name"],
        metadata: expected?.["metadata"] ?? {},
      });
      expect(Object.keys(actor.metadata).length === 0).toBe(
        expected?.["to_dict_metadata_is_empty_object"],
      );
    },
  );

  it("sorts keys by code point, and keeps apart numbers that Python keeps apart", () => {
    const idOf = (metadata: ConstructorParameters<typeof ActorFingerprint>[0]["metadata"]) =>
      new ActorFingerprint({ kind: "agent", metadata }).actorId;
    expect(idOf({ "10": 1, "9": 2 })).toBe(idOf({ "9": 2, "10": 1 }));
    expect(idOf({ v: new LosslessNumber("1.0") })).not.toBe(idOf({ v: 1 }));
    expect(idOf({ v: [new LosslessNumber("1")] })).toBe(idOf({ v: [1] }));
    expect(idOf(null)).toBe(idOf({}));
  });

  it("refuses what is not JSON, and says where", () => {
    const metadata = { team: [{ since: new Date(0) }] } as never;
    expect(() => new ActorFingerprint({ kind: "human", metadata })).toThrow(
      "metadata.team[0].since: Date is not JSON",
    );
  });

  it("refuses a cycle", () => {
    const metadata: Record<string, unknown> = {};
    metadata["self"] = metadata;
    expect(() => new ActorFingerprint({ kind: "human", metadata: metadata as never })).toThrow(
      "metadata",
    );
  });

  it("keeps no hold on what it was given", () => {
    const metadata = { roles: ["reader"] };
    const actor = new ActorFingerprint({ kind: "human", metadata });
    metadata.roles.push("writer");
    expect(actor.metadata).toEqual({ roles: ["reader"] });
  });
});
