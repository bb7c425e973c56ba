export { McpToolExecutor, type McpOptions } from "./mcp/mcp-tool-executor.ts";
export type { McpServer } from "./mcp/mcp-connection.ts";
