import type { Tool } from "./tool.ts";

/**
 * Who performs the tool calls of a runtime.
 *
 * With the mode `executed`, every call of a batch becomes a run of its own, which performs one of `tools` under that tool's
 * replay contract. With any other mode the batch is handed to the host of the runtime: the run waits, and the host answers
 * with the results.
 */
export interface ToolExecutor {
  readonly mode: string;
  /** Each under a name of its own. */
  readonly tools: readonly Tool[];
}

/** What a batch of tool calls comes to, in order of the calls. */
export type ToolResults = {
  readonly mode: string;
  readonly results: readonly ToolResult[];
};

/** How one tool call ended. Fit for the model to read. */
export type ToolResult = {
  readonly call_id: string;
  readonly name: string;
  readonly success: boolean;
  // oxlint-disable-next-line typescript/no-explicit-any -- JSON of the tool's own form
  readonly output: any;
  /** Null when it succeeded. */
  readonly error: string | null;
};
