import { expect } from "vitest";
import type { CaseContext, TestRunner } from "../../src/conformance/runner.ts";

interface Case {
  readonly title: string;
  readonly body: (context?: CaseContext) => Promise<void>;
}

/** Runs a suite's cases one after the other. @returns the titles of those that fail, without the groups they stand in. */
export async function failuresOf(suite: (runner: TestRunner) => void): Promise<readonly string[]> {
  const cases: Case[] = [];
  suite({
    describe: (_title, body) => body(),
    it: (title, body) => cases.push({ title, body }),
    expect,
  });
  const failures: string[] = [];
  for (const { title, body } of cases) if (!(await passes(body))) failures.push(title);
  return failures;
}

async function passes(body: Case["body"]): Promise<boolean> {
  try {
    await body({ skip: () => undefined });
    return true;
  } catch {
    return false;
  }
}
