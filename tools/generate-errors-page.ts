// Writes docs/reference/errors.md. Usage: node tools/generate-errors-page.ts [--check]
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { errorCodes, type ErrorCodeInfo } from "../packages/core/src/errors/codes.ts";

const page = join(import.meta.dirname, "../docs/reference/errors.md");

const head = `# Error codes

<!-- Written by \`pnpm docs:generate\` from packages/core/src/errors/codes.ts. Edit that file. -->

Everything that goes wrong in an \`@abstractruntime/*\` package is an \`AbstractRuntimeError\` with one of these codes. A code
keeps its meaning for a whole major version; a message may improve any day, so compare codes and never messages.
\`error.retryable\` says whether the same call may succeed later, unchanged.

\`\`\`ts
import { isAbstractRuntimeError } from "@abstractruntime/core";

export function isBusy(error: unknown): boolean {
  return isAbstractRuntimeError(error, "run_leased");
}
\`\`\`

A run that failed carries \`{ code, message, nodeId, stepId, attempt }\`. Its code is one of these, or one that your own effect
gave.
`;

/** The whole page for a table of codes. */
export function errorsPage(codes: Readonly<Record<string, ErrorCodeInfo>>): string {
  const sections = Object.entries(codes).map(
    ([code, { meaning, remedy, retryable }]) =>
      `## ${code}\n\n${meaning}\n\n${remedy}${retryable ? "\n\nRetryable: the same call may succeed later." : ""}\n`,
  );
  return [head, ...sections].join("\n");
}

if (import.meta.main) {
  const wanted = errorsPage(errorCodes);
  if (!process.argv.includes("--check")) {
    writeFileSync(page, wanted);
  } else if (readFileSync(page, "utf8") !== wanted) {
    console.error(
      "docs/reference/errors.md is older than errors/codes.ts: run `pnpm docs:generate`",
    );
    process.exitCode = 1;
  }
}
