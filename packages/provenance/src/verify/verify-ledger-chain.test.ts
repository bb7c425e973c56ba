import { describe, expect, it } from "vitest";
import type { JsonObject } from "@abstractruntime/core/store";
import { readFixture } from "../../test/fixture.ts";
import { encodeChainReport } from "./chain-report.ts";
import { verifyLedgerChain } from "./verify-ledger-chain.ts";

interface ChainCase {
  readonly note: string;
  readonly file: string;
  readonly report: JsonObject;
}

const { cases } = JSON.parse(readFixture("chains.expected.json")) as {
  readonly cases: Readonly<Record<string, ChainCase>>;
};

/** What 0.2.0 does not see, and we do. */
const better: Readonly<Record<string, JsonObject>> = {
  // It stops at a missing hash, and so never sees the rest.
  missing_hash_middle: {
    computed_head_hash: "539650db415b82109d25b1f565d2015aef6d8cdb2b289f63410a020828c16b42",
  },
};

describe("verifyLedgerChain, over 0.2.0's ledgers", () => {
  it.each(Object.keys(cases))("reports %s as 0.2.0 does, where that is right", (name) => {
    const { file, report } = cases[name] as ChainCase;
    const lines = readFixture(file).split("\n");
    const found = encodeChainReport(verifyLedgerChain(lines));
    expect(found).toMatchObject({ ...report, ...better[name] });
    expect(found["basis"]).toBe("text");
  });
});
