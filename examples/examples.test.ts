import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startRedis } from "../packages/bullmq/test/redis.ts";
import { startDatabase, type TestDatabase } from "../packages/storage-postgres/test/database.ts";
import { codeBlocks } from "../tools/markdown.ts";

const run = promisify(execFile);

const examples = readdirSync(import.meta.dirname)
  .filter((name) => /^\d\d-/.test(name))
  .toSorted();

/** The trimmed texts of these files in all examples that have them. */
async function texts(names: readonly string[]): Promise<string[]> {
  const paths = examples.flatMap((example) =>
    names.map((name) => join(import.meta.dirname, example, name)),
  );
  const found = paths.filter((path) => existsSync(path));
  return Promise.all(found.map(async (path) => (await readFile(path, "utf8")).trim()));
}

const redis = await startRedis();
let database: TestDatabase;

beforeAll(async () => {
  database = await startDatabase();
});
afterAll(async () => {
  await database.stop();
  await redis?.stop();
});

describe("examples", () => {
  it("are numbered in tutorial order, each number once", () => {
    const numbers = examples.map((name) => name.slice(0, 2));
    expect(numbers).toEqual([...new Set(numbers)]);
    expect(numbers[0]).toBe("01");
  });

  // The fleet starts six processes, one after the other.
  it.for(examples)(
    "%s prints what its expected.txt says",
    { timeout: 180_000 },
    async (name, { skip }) => {
      if (name.endsWith("-fleet") && redis === null) skip("there is no Redis");
      const folder = join(import.meta.dirname, name);
      const servers = { DATABASE_URL: database.url, REDIS_URL: redis?.url };
      // No model but the mock, whatever this machine knows.
      const models = { ABSTRACTCORE_BASE_URL: "", OPENAI_API_KEY: "" };
      const env = { ...process.env, ...servers, ...models };
      const { stdout, stderr } = await run(process.execPath, [join(folder, "main.ts")], { env });
      expect(stdout).toBe(await readFile(join(folder, "expected.txt"), "utf8"));
      expect(stderr).toBe("");
    },
  );

  it.each(examples)(
    "%s says in its README how to run it, and shows what it prints",
    async (name) => {
      const folder = join(import.meta.dirname, name);
      const readme = await readFile(join(folder, "README.md"), "utf8");
      expect(readme).toContain(`node examples/${name}/main.ts`);
      expect(readme).toContain(await readFile(join(folder, "expected.txt"), "utf8"));
    },
  );

  it("are what the tutorial shows, code and output", async () => {
    const root = join(import.meta.dirname, "..");
    const page = await readFile(join(root, "docs/tutorial/getting-started.md"), "utf8");
    const sources = await texts(["main.ts", "worker.ts"]);
    const outputs = await texts(["expected.txt"]);
    const blocks = codeBlocks(page);
    const shown = (language: string) => blocks.filter((block) => block.language === language);
    expect(shown("ts")).toHaveLength(3);
    expect(shown("text")).toHaveLength(3);
    for (const { code } of shown("ts")) expect(sources).toContain(code.trim());
    for (const { code } of shown("text"))
      expect(outputs.some((output) => output.includes(code.trim()))).toBe(true);
  });

  it("says hello in under 25 lines", async () => {
    const hello = await readFile(join(import.meta.dirname, "01-hello-world/main.ts"), "utf8");
    expect(hello.trimEnd().split("\n").length).toBeLessThan(25);
  });

  it("has an agent with a tool of its own in under 25 lines, runtime and all", async () => {
    const root = join(import.meta.dirname, "..");
    const page = await readFile(join(root, "docs/how-to/build-an-agent.md"), "utf8");
    const [agent] = codeBlocks(page).filter(({ language }) => language === "ts");
    expect(agent?.code).toMatch(/reactAgent[^]*createHybridRuntime[^]*runtime\.start[^]*\.answer/);
    expect(agent?.code.trimEnd().split("\n").length).toBeLessThan(25);
  });
});
