import { complete, defineWorkflow } from "@abstractruntime/core";
import { defineTool } from "../../src/tools/define-tool.ts";
import { toolCalls } from "../../src/tools/tool-calls.ts";
import type { Tool, ToolContext } from "../../src/tools/tool.ts";

/** What a worker process is to do. */
export interface WorkerJob {
  readonly folder: string;
  readonly journal: string;
  readonly port: number;
  readonly token: string;
  /** Whether its tools never come back. */
  readonly hangs: boolean;
}

/** What a calling process is to do. */
export interface CallerJob {
  readonly folder: string;
  readonly url: string;
  readonly token: string;
}

export const remoteCaller = defineWorkflow({
  id: "caller",
  entry: "call",
  nodes: {
    call: () => {
      const names = ["resize", "print"];
      const calls = names.map((name) => ({ name, arguments: {}, call_id: name }));
      return toolCalls({ calls, resultKey: "results", next: "done" });
    },
    done: ({ vars }) => complete(vars.results),
  },
});

/** One that may run again, and one that must never run twice. */
export function workerTools(
  execute: (name: string, context: ToolContext) => unknown,
): readonly Tool[] {
  const contracts = { resize: "idempotent", print: "never" } as const;
  return Object.entries(contracts).map(([name, replay]) =>
    defineTool({
      name,
      description: "",
      replay,
      execute: (_args, context) => execute(name, context),
    }),
  );
}
