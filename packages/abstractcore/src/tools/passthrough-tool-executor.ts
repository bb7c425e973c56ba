import type { ToolExecutor } from "./tool-executor.ts";

/**
 * Executes nothing: the run waits (reason `event`, key `tool_calls:<run>:<node>`), the wait's details have the mode and the
 * calls, and the host of the runtime resumes it with the results.
 */
export class PassthroughToolExecutor implements ToolExecutor {
  readonly mode: string;
  readonly tools: readonly [] = [];

  /** @param mode any name but `executed`; with an empty one the run goes on at once, with the calls as its result */
  constructor(mode = "passthrough") {
    this.mode = mode;
  }
}
