import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

export interface Options {
  /** The folder to review. */
  readonly folder: string;
  /** Where to keep the run; null: a new folder among the system's temporary ones. */
  readonly keep: string | null;
  /** The answer to give, null to ask the person at the terminal. */
  readonly answer: string | null;
  /** Documents to read at most. */
  readonly limit: number;
}

/** The command line can't be understood. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const help = `Reviews a folder of documents, durably: the process that works is killed with SIGKILL in the middle of an effect,
is started again, and goes on where it was.

usage: pnpm demo [folder] [--answer yes|no] [--keep DIR] [--limit N]

  folder          what to review; the documentation of this repository by default
  --answer A      answer the question "Write the report?" with yes or no, without asking
                  (without a terminal to ask at, the answer is yes)
  --keep DIR      where the run, its ledger and the report are kept; a new temporary folder by default
  --limit N       read at most N documents, 1 to 1,000; 200 by default
  --help          this text
`;

/** @returns the options, or null when help is asked for. @throws UsageError */
export function parseOptions(args: readonly string[], workingFolder: string): Options | null {
  const { values, positionals } = parse(args);
  if (values.help === true) return null;
  if (positionals.length > 1)
    throw new UsageError(`one folder at a time, not ${positionals.length}`);
  const [folder] = positionals;
  return {
    folder:
      folder === undefined
        ? join(import.meta.dirname, "../../docs")
        : resolve(workingFolder, folder),
    keep: values.keep === undefined ? null : resolve(workingFolder, values.keep),
    answer: answerOf(values.answer),
    limit: limitOf(values.limit),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        answer: { type: "string" },
        keep: { type: "string" },
        limit: { type: "string" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

function answerOf(given: string | undefined): string | null {
  if (given === undefined) return null;
  if (given === "yes" || given === "no") return given;
  throw new UsageError(`--answer is yes or no, not "${given}"`);
}

function limitOf(given = "200"): number {
  const limit = Number(given);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1_000) return limit;
  throw new UsageError(`--limit is a number from 1 to 1,000, not "${given}"`);
}
