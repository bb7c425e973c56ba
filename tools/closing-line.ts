// Prints `N passed, 0 failed` of vitest's JSON report. Usage: node tools/closing-line.ts <report.json>
import { readFileSync } from "node:fs";

interface Report {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
}

/** One line that says how a test run went; throws when it failed, or when no test ran. */
export function closingLine({
  success,
  numPassedTests,
  numFailedTests,
  numPendingTests,
}: Report): string {
  if (!success || numFailedTests > 0)
    throw new Error(`${numFailedTests} tests failed, or a test file could not run`);
  if (numPassedTests === 0) throw new Error("no test ran");
  const skipped = numPendingTests > 0 ? `, ${numPendingTests} skipped` : "";
  return `${numPassedTests} passed, 0 failed${skipped}`;
}

if (import.meta.main) {
  const [path] = process.argv.slice(2);
  if (path === undefined) throw new Error("usage: node tools/closing-line.ts <report.json>");
  console.log(closingLine(JSON.parse(readFileSync(path, "utf8")) as Report));
}
