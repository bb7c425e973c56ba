import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** Between a client and PostgreSQL, where connections break when a test says so. */
export interface Proxy extends AsyncDisposable {
  /** The database as it is reached through here. */
  readonly url: string;
  /** So many connections were cut. */
  readonly cuts: number;
  /**
   * Cut the connection at the next message that has this text, such as the name of a prepared statement: before any of it is
   * forwarded, or after it was carried out and before its answer is.
   */
  cut(when: "before" | "after", text: string): void;
  /** Cut all connections, and let nobody in until `heal`. */
  partition(): void;
  heal(): void;
}

/** The last message of every answer: ready for the next query. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5]);

export async function startProxy(database: string): Promise<Proxy> {
  const target = new URL(database);
  const sockets = new Set<Socket>();
  let armed: { readonly when: "before" | "after"; readonly text: string } | null = null;
  let isOpen = true;
  let cuts = 0;

  /** What is to be done about a chunk from the client. */
  const strikes = (chunk: Buffer): "before" | "after" | null => {
    if (armed === null || !chunk.includes(armed.text)) return null;
    const { when } = armed;
    armed = null;
    cuts += 1;
    return when;
  };

  const pass = (client: Socket): void => {
    const upstream = connect(Number(target.port), target.hostname);
    let isDoomed = false;
    const cutOff = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        cutOff();
      });
    }
    client.on("data", (chunk: Buffer) => {
      const when = strikes(chunk);
      if (when === "after") isDoomed = true;
      if (when === "before") cutOff();
      else upstream.write(chunk);
    });
    upstream.on("data", (chunk: Buffer) => {
      if (!isDoomed) client.write(chunk);
      else if (chunk.subarray(-6, -1).equals(READY)) cutOff();
    });
  };
  const server = createServer((client) => {
    if (isOpen) pass(client);
    else client.destroy();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no TCP port");
  const url = new URL(database);
  url.host = `127.0.0.1:${address.port}`;

  const partition = (): void => {
    isOpen = false;
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: url.href,
    get cuts() {
      return cuts;
    },
    cut: (when, text) => (armed = { when, text }),
    partition,
    heal: () => (isOpen = true),
    async [Symbol.asyncDispose]() {
      partition();
      server.close();
      await once(server, "close");
    },
  };
}
