import { describe, expect, it } from "vitest";
import { closingLine } from "./closing-line.ts";

const report = { success: true, numPassedTests: 12, numFailedTests: 0, numPendingTests: 0 };

describe("closingLine", () => {
  it("counts what passed, and what a store's capabilities skipped", () => {
    expect(closingLine(report)).toBe("12 passed, 0 failed");
    expect(closingLine({ ...report, numPendingTests: 3 })).toBe("12 passed, 0 failed, 3 skipped");
  });

  it("refuses a run in which no test ran", () => {
    expect(() => closingLine({ ...report, numPassedTests: 0 })).toThrow("no test ran");
  });

  it("refuses a run that failed, also one without a failed test", () => {
    expect(() => closingLine({ ...report, success: false, numFailedTests: 2 })).toThrow(
      "2 tests failed",
    );
    expect(() => closingLine({ ...report, success: false })).toThrow("could not run");
  });
});
