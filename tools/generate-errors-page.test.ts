import { describe, expect, it } from "vitest";
import { errorsPage } from "./generate-errors-page.ts";

describe("errorsPage", () => {
  it("gives each code its heading, meaning and remedy, and says which may be retried", () => {
    const page = errorsPage({
      run_leased: { retryable: true, meaning: "Another driver holds the run.", remedy: "Wait." },
      run_not_found: {
        retryable: false,
        meaning: "There is no such run.",
        remedy: "Check the id.",
      },
    });
    expect(page).toContain("## run_leased\n\nAnother driver holds the run.\n\nWait.\n\nRetryable:");
    expect(page.endsWith("## run_not_found\n\nThere is no such run.\n\nCheck the id.\n")).toBe(
      true,
    );
  });

  it("changes when a code changes, so that a stale page is seen", () => {
    const info = { retryable: false, meaning: "A.", remedy: "B." };
    expect(errorsPage({ a: info })).not.toBe(errorsPage({ a: { ...info, remedy: "C." } }));
    expect(errorsPage({ a: info })).not.toBe(errorsPage({ a: info, b: info }));
  });
});
