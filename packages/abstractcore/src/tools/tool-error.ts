import { EffectError, type EffectErrorOptions } from "@abstractruntime/core";

/**
 * A tool's answer that it can't do what was asked: the model is told so, and nothing is tried again. Any other error may be
 * repeated as the tool's `retry` says, and leaves the outcome of a `never` tool unknown.
 */
export class ToolError extends EffectError {
  constructor(message: string, options: Omit<EffectErrorOptions, "final" | "certain"> = {}) {
    super(message, { code: "tool_error", ...options, final: true, certain: true });
  }
}
