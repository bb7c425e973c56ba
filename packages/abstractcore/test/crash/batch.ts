import { complete, defineWorkflow, type ReplayContract } from "@abstractruntime/core";
import { defineTool } from "../../src/tools/define-tool.ts";
import { toolCalls } from "../../src/tools/tool-calls.ts";
import type { Tool, ToolContext } from "../../src/tools/tool.ts";

/** What a process that makes the batch is to do. */
export interface BatchJob {
  readonly folder: string;
  /** A line for each execution of a tool. */
  readonly journal: string;
  /** Tools that never come back. */
  readonly hangs: readonly string[];
  /** The process kills itself when so many commits are on the disk. */
  readonly dieAfterCommit?: number;
}

/** Two of five tools must never run twice. */
export const contracts: Readonly<Record<string, ReplayContract>> = {
  read: "safe",
  mail: "never",
  search: "safe",
  charge: "never",
  upload: "idempotent",
};

export const calls = Object.keys(contracts).map((name) => ({
  name,
  arguments: {},
  call_id: `call-${name}`,
}));

export const batch = defineWorkflow({
  id: "batch",
  entry: "call",
  nodes: {
    call: () => toolCalls({ calls, resultKey: "results", next: "done" }),
    done: ({ vars }) => complete(vars.results),
  },
});

export function batchTools(
  execute: (name: string, context: ToolContext) => unknown,
): readonly Tool[] {
  return Object.entries(contracts).map(([name, replay]) =>
    defineTool({
      name,
      description: "",
      replay,
      execute: (_args, context) => execute(name, context),
    }),
  );
}
