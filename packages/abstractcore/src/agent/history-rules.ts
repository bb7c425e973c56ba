import { AbstractRuntimeError } from "@abstractruntime/core";

/** How long a conversation may get. */
export interface HistoryRules {
  /**
   * From more messages on, the oldest ones are left out; at least 4. Tool calls and their results stay together, the first
   * message of the user stays, and the ledger has all of them.
   */
  readonly maxMessages: number;
  /**
   * Sums up what is left out, as a step of its own: `true` asks the model, a text asks it in these words, and an effect gets
   * `{ messages }` and returns a text. The summary goes to the end of the system prompt.
   */
  readonly summarise?: boolean | string | { readonly type: string } | undefined;
  /** Messages that stay after a summary, half of `maxMessages` by default: the next one is then a while away. */
  readonly keep?: number | undefined;
}

/** Without the call, the task and a result, there is no turn. */
const LEAST = 4;

/** @throws invalid_argument */
export function assertHistory({ maxMessages, keep, summarise }: HistoryRules): void {
  if (!(Number.isInteger(maxMessages) && maxMessages >= LEAST))
    throw invalid(`history.maxMessages must be an integer from ${LEAST}`);
  if (keep !== undefined && !(Number.isInteger(keep) && keep >= 1 && keep <= maxMessages))
    throw invalid("history.keep must be an integer from 1 to maxMessages");
  const isEffect = typeof summarise === "function" || typeof summarise === "object";
  if (isEffect && typeof summarise?.type !== "string")
    throw invalid("history.summarise must be true, a text, or an effect");
}

function invalid(message: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_argument", `agent: ${message}`);
}
