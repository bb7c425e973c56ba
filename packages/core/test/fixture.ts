import { readFileSync, readdirSync } from "node:fs";

const root = new URL("../../../fixtures/python-0.2.0/", import.meta.url);

/** Text of a file that 0.2.0 wrote, or that says what 0.2.0 does. */
export function readFixture(path: string): string {
  return readFileSync(new URL(path, root), "utf8");
}

/** Names of the files in a folder of fixtures. */
export function listFixtures(folder: string): readonly string[] {
  return readdirSync(new URL(folder, root)).toSorted();
}
