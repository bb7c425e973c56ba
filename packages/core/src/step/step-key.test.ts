import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { childIdOf, stepIdOf, stepKey } from "./step-key.ts";

describe("stepKey", () => {
  const run = { runId: "r", nonce: "n" };

  it("is made of the run, its nonce and the visit", () => {
    const text = createHash("sha256").update("r\nn\n7").digest("hex").slice(0, 32);
    expect(stepKey(run, 7)).toBe(text);
  });

  it("differs for each visit, and for a reused run id", () => {
    const keys = [stepKey(run, 1), stepKey(run, 2), stepKey({ ...run, nonce: "m" }, 1)];
    expect(new Set(keys).size).toBe(3);
  });

  it("names steps by their ordinal and children by their step", () => {
    expect(stepIdOf("r", 3)).toBe("r:3");
    expect(childIdOf("key", 0)).toBe(childIdOf("key", 0));
    expect(childIdOf("key", 0)).not.toBe(childIdOf("key", 1));
    expect(childIdOf("key", 0)).toMatch(/^[0-9a-f]{32}$/);
  });
});
