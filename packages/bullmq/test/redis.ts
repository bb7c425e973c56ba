import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { Redis } from "ioredis";

/** A Redis to test on, with a key prefix of its own. */
export interface TestRedis {
  readonly url: string;
  readonly prefix: string;
  /** Where a fleet finds a queue that nobody else has. */
  newQueue(): { readonly connection: string; readonly prefix: string; readonly queue: string };
  stop(): Promise<void>;
}

/** The Redis of `REDIS_URL`, else one at 127.0.0.1:6379, else one of our own; null: there is none, and it was said. */
export async function startRedis(): Promise<TestRedis | null> {
  const url = await sharedUrl();
  if (url !== null) return testRedis(url, removeKeys);
  const own = await startOwnRedis();
  return own && testRedis(own.url, () => own.stop());
}

function testRedis(url: string, stop: (url: string, prefix: string) => Promise<void>): TestRedis {
  const prefix = `test-${randomUUID()}`;
  let queues = 0;
  return {
    url,
    prefix,
    newQueue() {
      queues += 1;
      return { connection: url, prefix, queue: `runs-${queues}` };
    },
    stop: () => stop(url, prefix),
  };
}

/** A redis-server of ours alone, which may be flushed, killed and started again. It keeps nothing on disk. */
export interface OwnRedis {
  readonly url: string;
  /** SIGKILL: everything in it is gone. */
  kill(): Promise<void>;
  start(): Promise<void>;
  flush(): Promise<void>;
  stop(): Promise<void>;
}

/** Null: there is no redis-server on the PATH, and it was said. */
export async function startOwnRedis(options: readonly string[] = []): Promise<OwnRedis | null> {
  const binary = ["redis-server", "valkey-server"].flatMap(onPath).at(0);
  if (binary === undefined) return missing();
  const dir = await mkdtemp(join(tmpdir(), "redis-"));
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  let server: ChildProcess | null = null;
  const kill = async (): Promise<void> => {
    if (server === null) return;
    const exit = once(server, "exit");
    server.kill("SIGKILL");
    await exit;
    server = null;
  };
  process.once("exit", () => void server?.kill("SIGKILL")); // the tests crashed
  const start = async (): Promise<void> => {
    const args = ["--port", String(port), "--bind", "127.0.0.1", "--dir", dir, "--save", ""];
    server = spawn(binary, [...args, "--appendonly", "no", ...options], { stdio: "ignore" });
    while (!(await listens(port))) await new Promise((resolve) => setTimeout(resolve, 10));
  };
  await start();
  return {
    url,
    kill,
    start,
    flush: () => ask(url, async (redis) => void (await redis.flushall())),
    stop: async () => {
      await kill();
      await rm(dir, { recursive: true });
    },
  };
}

/** Ask with a connection of its own. */
export async function ask<Answer>(
  url: string,
  question: (redis: Redis) => Promise<Answer>,
): Promise<Answer> {
  const redis = new Redis(url);
  try {
    return await question(redis);
  } finally {
    redis.disconnect();
  }
}

async function sharedUrl(): Promise<string | null> {
  const given = process.env["REDIS_URL"];
  if (given !== undefined && given !== "") return given;
  return (await listens(6379)) ? "redis://127.0.0.1:6379" : null;
}

function missing(): null {
  const text = "no Redis: set REDIS_URL, or install redis-server (apt-get install redis-server)";
  if (process.env["CI"]) throw new Error(text);
  console.warn(`SKIPPED, ${text}`);
  return null;
}

function onPath(name: string): readonly string[] {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  return folders.map((folder) => join(folder, name)).filter((path) => existsSync(path));
}

async function removeKeys(url: string, prefix: string): Promise<void> {
  await ask(url, async (redis) => {
    for await (const keys of redis.scanStream({ match: `${prefix}:*`, count: 1_000 }))
      if ((keys as string[]).length > 0) await redis.del(keys as string[]);
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
