import { AbstractRuntimeError } from "@abstractruntime/core";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";

/** A server: a command that is started and spoken to on its standard input and output, a URL, or any transport. */
export type McpServer =
  | {
      readonly command: string;
      readonly args?: readonly string[] | undefined;
      /** Added to a few safe variables of this process. */
      readonly env?: Readonly<Record<string, string>> | undefined;
      readonly cwd?: string | undefined;
      /** What becomes of what the server writes on its standard error; ignored by default. */
      readonly stderr?: "ignore" | "inherit" | undefined;
    }
  | {
      /** Streamable HTTP. */
      readonly url: string | URL;
      readonly headers?: Readonly<Record<string, string>> | undefined;
    }
  /** Called for each connection: a transport can be used once. */
  | (() => Transport);

/** A connection to a server, made when it is needed, and made anew when it was lost. */
export class McpConnection {
  readonly #server: McpServer;
  #client: Promise<Client> | null = null;
  /** Those that calls under way may still use. */
  readonly #retired = new Set<Client>();

  constructor(server: McpServer) {
    this.#server = server;
  }

  /** @throws what the transport throws when the server can't be reached; nothing was called then */
  async client(): Promise<Client> {
    this.#client ??= this.#connect(transportOf(this.#server));
    return this.#client;
  }

  /** The next call makes a new connection, unless another call did so before. Calls under way go on. */
  async forget(client: Client): Promise<void> {
    const current = this.#client;
    if (this.#retired.has(client) || (await current?.catch(() => null)) !== client) return;
    this.#retired.add(client);
    if (this.#client === current) this.#client = null;
  }

  /** Calls under way fail. */
  async close(): Promise<void> {
    const client = await this.#client?.catch(() => null);
    this.#client = null;
    const clients = [...this.#retired, ...(client ? [client] : [])];
    this.#retired.clear();
    await Promise.all(clients.map((each) => each.close()));
  }

  #connect(transport: Transport): Promise<Client> {
    const connected = this.#open(transport, () => {
      if (this.#client === connected) this.#client = null;
    });
    return connected;
  }

  async #open(transport: Transport, onLost: () => void): Promise<Client> {
    const client = new Client({ name: "abstractruntime", version: "1" });
    try {
      await client.connect(transport);
      // oxlint-disable-next-line unicorn/prefer-add-event-listener -- it is no event target
      client.onclose = onLost;
      return client;
    } catch (error) {
      onLost();
      throw error;
    }
  }
}

function transportOf(server: McpServer): Transport {
  if (typeof server === "function") return server();
  if ("url" in server) {
    const { url, headers = {} } = server;
    const requestInit = { headers: checkedHeaders(headers) };
    return new StreamableHTTPClientTransport(new URL(url), { requestInit });
  }
  const { command, args = [], env, cwd, stderr = "ignore" } = server;
  return new StdioClientTransport({
    command,
    args: [...args],
    stderr,
    ...(env !== undefined && { env: { ...env } }),
    ...(cwd !== undefined && { cwd }),
  });
}

/** A value that no header takes would be quoted, with the secret in it, by the error of each call. */
function checkedHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  for (const [name, value] of Object.entries(headers))
    if (!/^[\t -~]*$/.test(value))
      throw new AbstractRuntimeError(
        "invalid_argument",
        `server.headers.${name}: give printable ASCII characters in one line`,
      );
  return { ...headers };
}
