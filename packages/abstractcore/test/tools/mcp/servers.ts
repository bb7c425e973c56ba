import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createServer, type AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { onTestFinished } from "vitest";

const require = createRequire(import.meta.url);

/** The entry of a reference server. */
export function serverPath(name: "everything" | "filesystem"): string {
  const manifest =
    name === "everything"
      ? require.resolve("@modelcontextprotocol/server-everything/package.json")
      : require.resolve("@modelcontextprotocol/server-filesystem/package.json");
  return join(dirname(manifest), "dist", "index.js");
}

/** How a reference server is started on standard input and output. */
export function stdioServer(name: "everything" | "filesystem", ...args: readonly string[]) {
  return { command: process.execPath, args: [serverPath(name), ...args] };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** The reference server on Streamable HTTP, listening; it is killed when the test ends. */
export async function httpServer(port: number): Promise<{ readonly kill: () => Promise<void> }> {
  const child = spawn(process.execPath, [serverPath("everything"), "streamableHttp"], {
    env: { ...process.env, PORT: String(port) },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const gone = once(child, "close");
  onTestFinished(() => void child.kill("SIGKILL"));
  for await (const line of createInterface(child.stderr)) if (line.includes("listening")) break;
  child.stderr.resume();
  return {
    kill: async () => {
      child.kill("SIGKILL");
      await gone;
    },
  };
}
