/** What the suites ask of an assertion. */
export interface Matchers {
  toBe(expected: unknown): void;
  toEqual(expected: unknown): void;
}

/** `expect` of vitest, jest, bun or anything alike. */
export type Expect = (actual: unknown) => Matchers;

/** What a runner may hand to a case: a way to say that it does not apply. */
export interface CaseContext {
  readonly skip?: (reason?: string) => unknown;
}

/** The test runner that a suite registers its cases with. */
export interface TestRunner {
  readonly describe: (title: string, body: () => void) => unknown;
  readonly it: (title: string, body: (context?: CaseContext) => Promise<void>) => unknown;
  readonly expect: Expect;
}

/** The runner given, or the one whose `describe`, `it` and `expect` are globals. @throws TypeError there is none. */
export function runnerOrGlobals(runner: TestRunner | undefined): TestRunner {
  const found = runner ?? (globalThis as Partial<TestRunner>);
  const { describe, it, expect } = found;
  if (describe !== undefined && it !== undefined && expect !== undefined)
    return { describe, it, expect };
  throw new TypeError("no test runner: pass { describe, it, expect } as the last argument");
}
