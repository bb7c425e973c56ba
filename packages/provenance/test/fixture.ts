import { readFileSync } from "node:fs";

const root = new URL("../../../fixtures/python-0.2.0/", import.meta.url);

/** Text of a file that 0.2.0 wrote, or that says what 0.2.0 does. */
export function readFixture(path: string): string {
  return readFileSync(new URL(path, root), "utf8");
}
