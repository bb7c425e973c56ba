import { EffectError, type JsonObject, type JsonValue } from "@abstractruntime/core";
import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPError } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import {
  ErrorCode,
  McpError,
  type CallToolResult,
  type Progress,
} from "@modelcontextprotocol/sdk/types.js";
import { ToolError } from "../tools/tool-error.ts";
import type { ToolContext } from "../tools/tool.ts";
import type { McpConnection } from "./mcp-connection.ts";

/**
 * Call a tool of a server.
 *
 * @returns its structured content, where it has some; else its text, or its content blocks
 * @throws ToolError the tool or the server says no; EffectError the server could not be reached; all else leaves it unknown
 *   whether the tool was called
 */
export async function callMcpTool(
  connection: McpConnection,
  name: string,
  args: JsonObject,
  context: ToolContext,
): Promise<JsonValue> {
  for (let isFirst = true; ; isFirst = false) {
    const client = await reached(connection);
    try {
      return outputOf(await call(client, name, args, context));
    } catch (error) {
      context.signal.throwIfAborted();
      if (!isSessionLost(error)) throw refusalIn(error);
      await connection.forget(client);
      if (!isFirst) throw error;
    }
  }
}

/** The call was never sent, so it certainly did not happen. */
async function reached(connection: McpConnection): Promise<Client> {
  try {
    return await connection.client();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const options = { code: "tool_unreachable", certain: true, cause: error };
    throw new EffectError(`the tool's server can't be reached: ${why}`, options);
  }
}

/** The attempt's own timeout ends a call; news of progress put it off. */
const NO_TIMEOUT_MS = 2 ** 31 - 1;

async function call(
  client: Client,
  name: string,
  args: JsonObject,
  context: ToolContext,
): Promise<CallToolResult> {
  const { signal, idempotencyKey } = context;
  const meta = { "abstractruntime/idempotency_key": idempotencyKey };
  const onprogress = (news: Progress): void => {
    context.heartbeat();
    context.progress({ mcp: JSON.parse(JSON.stringify(news)) as JsonObject });
  };
  const options = { signal, timeout: NO_TIMEOUT_MS, onprogress };
  const result = await client.callTool({ name, arguments: args, _meta: meta }, undefined, options);
  return result as CallToolResult;
}

function outputOf({ isError, structuredContent, content }: CallToolResult): JsonValue {
  const texts = content.map((block) => (block.type === "text" ? block.text : null));
  if (isError === true) {
    const said = texts.filter((text) => text !== null && text !== "").join("\n");
    throw new ToolError(said === "" ? "the tool failed and did not say why" : said);
  }
  if (structuredContent !== undefined) return structuredContent as JsonObject;
  const [text] = texts;
  return content.length === 1 && typeof text === "string" ? text : (content as JsonValue);
}

const refusals: readonly number[] = [
  ErrorCode.InvalidParams,
  ErrorCode.InvalidRequest,
  ErrorCode.MethodNotFound,
  ErrorCode.ParseError,
];

/** What the server refuses is its answer. */
function refusalIn(error: unknown): unknown {
  if (!(error instanceof McpError) || !refusals.includes(error.code)) return error;
  return new ToolError(error.message, { cause: error });
}

/** A server that was started anew does not know our session: it called nothing. */
function isSessionLost(error: unknown): boolean {
  return error instanceof StreamableHTTPError && (error.code === 404 || error.code === 400);
}
