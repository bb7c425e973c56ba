import { AbstractRuntimeError, type ReplayContract } from "@abstractruntime/core";
import { defineTool } from "./define-tool.ts";
import type { ToolExecutor } from "./tool-executor.ts";
import { ToolError } from "./tool-error.ts";
import type { Tool, ToolContext } from "./tool.ts";

/** A plain function as a tool: it gets the arguments as an object. */
// oxlint-disable-next-line typescript/no-explicit-any -- nothing is known of the arguments
export type ToolFunction = (args: any, context: ToolContext) => unknown;

export interface MappingOptions {
  /** What a crash in the middle of any of the functions means; `never` by default: stop and ask. */
  readonly replay?: ReplayContract | undefined;
}

/**
 * Tools from plain functions, by name. What a function throws is its answer to the model, as in 0.2.0, and never tried again.
 * `defineTool` says more: descriptions, checked arguments, approvals.
 */
export class MappingToolExecutor implements ToolExecutor {
  readonly mode = "executed";
  readonly tools: readonly Tool[];

  /** @throws invalid_argument what is no function, or a name of a wrong form */
  constructor(functions: Readonly<Record<string, ToolFunction>>, options: MappingOptions = {}) {
    const entries = Object.entries(functions);
    this.tools = entries.map(([name, execute]) => toolOf(name, execute, options));
  }

  /**
   * From a list: tools of `defineTool`, and functions by their names.
   *
   * @throws invalid_argument a tool without a name, what can't be called, two tools of one name
   */
  static fromTools(
    tools: Iterable<Tool | ToolFunction>,
    options: MappingOptions = {},
  ): MappingToolExecutor {
    const byName = new Map<string, Tool>();
    for (const given of tools) {
      const { name } = given;
      if (typeof name !== "string" || name === "") throw invalid("Tool is missing a name");
      const tool = typeof given === "function" ? toolOf(name, given, options) : given;
      if (typeof tool.execute !== "function") throw invalid(`Tool '${name}' is not callable`);
      if (byName.has(name)) throw invalid(`Duplicate tool name '${name}'`);
      byName.set(name, tool);
    }
    return Object.assign(new MappingToolExecutor({}), { tools: [...byName.values()] });
  }
}

function toolOf(name: string, given: ToolFunction, { replay = "never" }: MappingOptions): Tool {
  if (typeof given !== "function") throw invalid(`Tool '${name}' is not callable`);
  const execute = async (args: unknown, context: ToolContext): Promise<unknown> => {
    try {
      return await given(args, context);
    } catch (error) {
      context.signal.throwIfAborted();
      throw new ToolError(error instanceof Error ? error.message : String(error), { cause: error });
    }
  };
  return defineTool({ name, description: "", replay, execute });
}

function invalid(message: string): AbstractRuntimeError {
  return new AbstractRuntimeError("invalid_argument", message);
}
