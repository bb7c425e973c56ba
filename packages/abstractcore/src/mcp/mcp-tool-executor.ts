import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import type { Tool as McpTool } from "@modelcontextprotocol/sdk/types.js";
import type { JsonObject, ReplayContract, RetryOptions } from "@abstractruntime/core";
import type { ApprovalRule } from "../approval/approval-rule.ts";
import { defineTool } from "../tools/define-tool.ts";
import type { ToolExecutor } from "../tools/tool-executor.ts";
import type { Tool } from "../tools/tool.ts";
import { callMcpTool } from "./call-mcp-tool.ts";
import { McpConnection, type McpServer } from "./mcp-connection.ts";

export interface McpOptions {
  readonly server: McpServer;
  /** Only these tools, by the server's names; all by default, without those that want the protocol's own tasks. */
  readonly tools?: readonly string[] | undefined;
  /** Put before each name, so that tools of several servers differ. */
  readonly prefix?: string | undefined;
  /**
   * What a crash in the middle of a call means, for all tools or by the server's names. Without, what the server's hints say:
   * `readOnlyHint` is `safe`, `idempotentHint` is `idempotent`, all else `never`. Hints are only as good as the server.
   */
  readonly replay?: ReplayContract | Readonly<Record<string, ReplayContract>> | undefined;
  /** When a person has to agree first, for all tools or by the server's names. */
  readonly approval?: ApprovalRule | Readonly<Record<string, ApprovalRule>> | undefined;
  readonly retry?: RetryOptions | undefined;
  /** Milliseconds without an answer or news of progress; 60,000 by default. */
  readonly timeoutMs?: number | undefined;
}

/**
 * The tools of a server of the Model Context Protocol. A server that went away is connected to anew by the next call.
 *
 * Each call tells the server its idempotency key, as `_meta["abstractruntime/idempotency_key"]`.
 */
export class McpToolExecutor implements ToolExecutor, AsyncDisposable {
  readonly mode = "executed";
  readonly tools: readonly Tool[];
  readonly #connection: McpConnection;

  private constructor(connection: McpConnection, tools: readonly Tool[]) {
    this.#connection = connection;
    this.tools = tools;
  }

  /** Connect, and ask which tools there are. @throws what the transport throws; invalid_argument a name of a wrong form */
  static async open(options: McpOptions): Promise<McpToolExecutor> {
    const connection = new McpConnection(options.server);
    try {
      const offered = await listTools(await connection.client());
      const wanted = offered.filter((tool) => isWanted(tool, options));
      const tools = wanted.map((tool) => toolOf(tool, connection, options));
      return new McpToolExecutor(connection, tools);
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /** Leave the server; one that was started by us ends. */
  async close(): Promise<void> {
    await this.#connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

async function listTools(client: Client): Promise<readonly McpTool[]> {
  const tools: McpTool[] = [];
  let cursor: string | undefined;
  do {
    const page = await client.listTools(cursor === undefined ? {} : { cursor });
    tools.push(...page.tools);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return tools;
}

function isWanted({ name, execution }: McpTool, { tools }: McpOptions): boolean {
  if (tools !== undefined) return tools.includes(name);
  return execution?.taskSupport !== "required";
}

function toolOf(tool: McpTool, connection: McpConnection, options: McpOptions): Tool {
  const { name, description = "", inputSchema } = tool;
  return defineTool({
    name: `${options.prefix ?? ""}${name}`,
    description,
    jsonSchema: inputSchema as JsonObject,
    replay: replayOf(tool, options),
    approval: approvalOf(name, options),
    retry: options.retry,
    timeoutMs: options.timeoutMs ?? 60_000,
    execute: (args: JsonObject, context) => callMcpTool(connection, name, args, context),
  });
}

function replayOf({ name, annotations = {} }: McpTool, { replay }: McpOptions): ReplayContract {
  const said = typeof replay === "string" ? replay : replay?.[name];
  if (said !== undefined) return said;
  if (annotations.readOnlyHint === true) return "safe";
  return annotations.idempotentHint === true ? "idempotent" : "never";
}

function approvalOf(name: string, { approval = false }: McpOptions): ApprovalRule {
  return typeof approval === "object" ? (approval[name] ?? false) : approval;
}
