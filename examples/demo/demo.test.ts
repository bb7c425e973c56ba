import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LLMock } from "@copilotkit/aimock";
import { afterEach, describe, expect, it } from "vitest";
import { foldRun, isEnded } from "@abstractruntime/core";
import { FileStore } from "@abstractruntime/storage-fs";
import type { Life } from "./life.ts";
import { prove } from "./proof.ts";
import type { Midway } from "./review/midway.ts";

const folders: string[] = [];

afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
});

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "demo-test-"));
  folders.push(folder);
  return folder;
}

/** A folder of documents by name, and one to keep the run in. */
async function place(documents: Readonly<Record<string, string | Uint8Array>>) {
  const [folder, keep] = [await newFolder(), await newFolder()];
  for (const [name, content] of Object.entries(documents)) {
    await mkdir(join(folder, name, ".."), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return { folder, keep };
}

/** Run the demo as a person would, but with nobody at the terminal, and with no model at hand. */
function demo(...args: readonly string[]) {
  return demoIn({}, ...args);
}

/** The same, with these settings of the environment. */
function demoIn(settings: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const { ABSTRACTCORE_BASE_URL: _url, OPENAI_API_KEY: _key, ...others } = process.env;
  const env = { ...others, ...settings };
  return new Promise<{ code: unknown; stdout: string; stderr: string }>((resolve) => {
    const main = join(import.meta.dirname, "main.ts");
    const limits = { timeout: 50_000, env }; // a demo that hangs must not outlive its test
    const child = execFile(process.execPath, [main, ...args], limits, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : error.code, stdout, stderr });
    });
    child.stdin?.end();
  });
}

/** A worker that performed these effects and was killed by nobody. */
function life(...performed: readonly Pick<Midway, "subject" | "attempt">[]): Life {
  return {
    pid: 1,
    performed: performed.map((where) => ({ effect: "read_document", number: 1, of: 2, ...where })),
    killedIn: null,
    signal: null,
    outcome: null,
  };
}

/** The one run in a folder, with its ledger. */
async function runIn(keep: string) {
  await using store = await FileStore.open(keep, { readOnly: true });
  const { items } = await store.list();
  expect(items).toHaveLength(1);
  const { run } = items[0]!;
  return { run, ledger: await store.records(run.runId) };
}

async function reportIn(keep: string): Promise<string> {
  const names = (await readdir(join(keep, "artifacts"))).filter((name) => name.endsWith(".bin"));
  expect(names).toHaveLength(1);
  return readFile(join(keep, "artifacts", names[0]!), "utf8");
}

const documents = {
  "a.md": "# Title\n\nSome words, [a friend](sub/b.md) and [nobody](gone.md).\n",
  "sub/b.md": "# One\n\n## Two\n\n[up](../a.md#title)\n",
  "c.txt": "four words of text",
  "d.bin": new Uint8Array([0, 255, 1, 254]),
  "e\n.md": "",
};

describe("the demo", () => {
  it("is killed in the middle, reads no finished document again, and writes the right report", async () => {
    const { folder, keep } = await place(documents);
    const { code, stdout, stderr } = await demo(folder, "--answer", "yes", "--keep", keep);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    expect(stdout).toContain("got SIGKILL in the middle of this effect");

    const reads = stdout.match(/read_document \d\/5 .*/g);
    expect(reads).toEqual([
      "read_document 1/5 a.md",
      "read_document 2/5 c.txt",
      "read_document 3/5 d.bin",
      "read_document 3/5 d.bin (attempt 2)",
      String.raw`read_document 4/5 e\u{a}.md`,
      "read_document 5/5 sub/b.md",
    ]);

    const { run, ledger } = await runIn(keep);
    expect(run.status).toBe("completed");
    expect(foldRun(ledger)).toEqual(run);
    expect(ledger.filter(({ kind }) => kind === "interrupted")).toHaveLength(1);
    const begun = ledger.filter(
      (record) => record.kind === "begun" && record.effectType === "read_document",
    );
    expect(begun).toHaveLength(6);

    const report = await reportIn(keep);
    expect(report).toContain("5 documents, 122 bytes");
    expect(report).toContain("- a.md leads to gone.md");
    expect(report).toContain("| a.md | markdown | 65 | 7 | 1 | 2 | 1 |");
    expect(report).toContain("| sub/b.md | markdown | 35 | 3 | 2 | 1 | 0 |");
    expect(report).toContain("| c.txt | text | 18 | 4 | 0 | 0 | 0 |");
    expect(report).toContain("| d.bin | binary | 4 | 0 | 0 | 0 | 0 |");
  });

  it("would say so if finished work were done again, or nobody had been killed", async () => {
    const { folder, keep } = await place({ "a.md": "# A" });
    await demo(folder, "--answer", "yes", "--keep", keep);
    const { run } = await runIn(keep);
    const { faults } = await prove(keep, run.runId, [
      life({ subject: "a", attempt: 1 }, { subject: "b", attempt: 1 }),
      life({ subject: "a", attempt: 1 }, { subject: "b", attempt: 2 }),
    ]);
    expect(faults).toEqual([
      "the first process was not killed by SIGKILL",
      "an effect that had ended was performed again",
      "the killed effect has no second attempt",
    ]);
  });

  it("writes no report when the answer is no", async () => {
    const { folder, keep } = await place({ "a.md": "# A" });
    const { code, stdout } = await demo(folder, "--answer", "no", "--keep", keep);
    expect(code).toBe(0);
    expect(stdout).toContain("No report was written");
    const { run } = await runIn(keep);
    expect(run).toMatchObject({ status: "completed", output: { report: null } });
    expect(await readdir(keep)).not.toContain("artifacts");
  });

  it("answers yes where there is neither a terminal nor an answer, and says so", async () => {
    const { folder, keep } = await place({ "a.md": "# A" });
    const { code, stdout } = await demo(folder, "--keep", keep);
    expect(code).toBe(0);
    expect(stdout).toContain("yes (no terminal to ask at: see --answer)");
    expect(await reportIn(keep)).toContain("1 document, 3 bytes");
  });

  it("reviews an empty folder, killed while it lists it", async () => {
    const { folder, keep } = await place({});
    const { code, stdout } = await demo(folder, "--answer", "yes", "--keep", keep);
    expect(code).toBe(0);
    expect(stdout.match(/list_documents .*\(attempt 2\)/)).not.toBeNull();
    expect(await reportIn(keep)).toContain("0 documents");
  });

  it("leaves its own data out, and stops at the limit", async () => {
    const { folder } = await place({ "a.md": "# A", "c.md": "# C" });
    const keep = join(folder, "b");
    const { code } = await demo(folder, "--answer", "yes", "--keep", keep, "--limit", "2");
    expect(code).toBe(0);
    const { run } = await runIn(keep);
    expect(isEnded(run)).toBe(true);
    expect(run.vars["listing"]).toEqual({ paths: ["a.md", "c.md"], more: false, closed: [] });
  });

  it("says what is wrong with its input, and starts nothing", async () => {
    const { folder, keep } = await place({ file: "" });
    const wrong: readonly (readonly [readonly string[], string])[] = [
      [[join(folder, "missing")], "no such file or directory"],
      [[join(folder, "file")], "not a directory"],
      [[folder, "--answer", "perhaps"], '--answer is yes or no, not "perhaps"'],
      [[folder, "--limit", "many"], '--limit is a number from 1 to 1,000, not "many"'],
      [[folder, folder], "one folder at a time"],
      [["--nonsense"], "--nonsense"],
    ];
    for (const [args, message] of wrong) {
      const { code, stdout, stderr } = await demo(...args, "--keep", keep);
      expect({ message, code, stdout }).toEqual({ message, code: 2, stdout: "" });
      expect(stderr).toContain(message);
      expect(stderr).toContain("--help");
    }
    expect(await readdir(keep)).toEqual([]);
  });

  it("says how to use it", async () => {
    const { code, stdout } = await demo("--help");
    expect(code).toBe(0);
    for (const option of ["--answer", "--keep", "--limit", "usage: pnpm demo [folder]"])
      expect(stdout).toContain(option);
  });
});

describe("the demo with a model at hand", () => {
  /** A model that reads two documents, writes a report and says so; told what it was asked. */
  async function reviewer() {
    const asked: number[] = [];
    const call = (name: string, args: object) => ({
      toolCalls: [{ name, arguments: JSON.stringify(args) }],
    });
    const script = [
      call("list_files", {}),
      call("read_file", { path: "a.md" }),
      call("read_file", { path: "sub/b.md" }),
      call("write_file", { path: "report.md", text: "# All is well" }),
      { content: "It is about titles." },
    ];
    const mock = new LLMock({ port: 0, logLevel: "silent" });
    mock.on({ predicate: () => true }, ({ messages }) => {
      const results = messages.filter(({ role }) => role === "tool").length;
      asked.push(results);
      return script[results] ?? { content: "?" };
    });
    await mock.start();
    const close = (): Promise<void> => mock.stop();
    return { env: { ABSTRACTCORE_BASE_URL: mock.url }, asked, [Symbol.asyncDispose]: close };
  }

  it("is an agent, which is killed while it reads, goes on, and asks before it writes", async () => {
    await using model = await reviewer();
    const { folder, keep } = await place(documents);
    const { code, stdout, stderr } = await demoIn(model.env, folder, "--keep", keep);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.match(/(?:list|read|write)_file.* .*/g)?.map((line) => line.trim())).toEqual([
      expect.stringContaining("list_files"),
      expect.stringContaining("a.md"),
      expect.stringContaining("a.md (attempt 2)"),
      expect.stringContaining("sub/b.md"),
      expect.stringContaining("report.md"),
    ]);
    expect(stdout).toContain("It is about titles.");
    expect(stdout).toContain("5 model calls and 4 tool calls");
    expect(model.asked).toEqual([0, 1, 2, 3, 4]);
    expect(await readFile(join(keep, "report", "report.md"), "utf8")).toBe("# All is well");
    expect(await readdir(folder)).not.toContain("report.md");
  });

  it("writes nothing when the answer is no", async () => {
    await using model = await reviewer();
    const { folder, keep } = await place(documents);
    const { code } = await demoIn(model.env, folder, "--keep", keep, "--answer", "no");
    expect(code).toBe(0);
    expect(await readdir(join(keep, "report"))).toEqual([]);
    expect(model.asked).toEqual([0, 1, 2, 3, 4]);
  });
});
