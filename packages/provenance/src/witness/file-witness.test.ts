import { appendFile, mkdtemp, readFile, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Logger } from "@abstractruntime/core";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newHead } from "../../test/support/heads.ts";
import { FileWitness } from "./file-witness.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "witness-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const path = () => join(folder, "heads.jsonl");
const lines = async () => (await readFile(path(), "utf8")).split("\n");

describe("FileWitness", () => {
  it("keeps heads over a restart, by run and in order", async () => {
    const heads = [newHead({ seq: 9 }), newHead({ seq: 3 }), newHead({ runId: "run-2" })];
    const witness = await FileWitness.open(path());
    for (const head of heads) await witness.submit(head);
    await witness.close();
    await using again = await FileWitness.open(path());
    expect(await again.list("run-1")).toEqual([heads[1], heads[0]]);
    expect(await again.list("run-2")).toEqual([heads[2]]);
    expect(await again.list("run-3")).toEqual([]);
  });

  it("keeps a head once, and heads that contradict each other both", async () => {
    await using witness = await FileWitness.open(path());
    const [one, other] = [newHead({}), newHead({ headHash: "cd".repeat(32) })];
    await Promise.all([witness.submit(one), witness.submit(one), witness.submit(other)]);
    expect(await witness.list("run-1")).toEqual([one, other]);
    expect((await lines()).filter((line) => line !== "")).toHaveLength(2);
  });

  it("is only ever appended to, one line each", async () => {
    await using witness = await FileWitness.open(path());
    await witness.submit(newHead({ seq: 1 }));
    const before = await readFile(path(), "utf8");
    await witness.submit(newHead({ seq: 2 }));
    expect((await readFile(path(), "utf8")).startsWith(before)).toBe(true);
    expect(await lines()).toHaveLength(3);
  });

  it("goes on after every place at which a crash could have cut the last line", async () => {
    const [first, second] = [newHead({ seq: 1 }), newHead({ seq: 2 })];
    const whole = await FileWitness.open(path());
    await whole.submit(first);
    const { length } = await readFile(path());
    await whole.submit(second);
    await whole.close();
    const full = await readFile(path());
    for (let cut = length; cut < full.length; cut++) {
      await truncate(path(), 0);
      await appendFile(path(), full.subarray(0, cut));
      const witness = await FileWitness.open(path());
      expect(await witness.list("run-1")).toEqual([first]);
      await witness.submit(second);
      await witness.close();
      const again = await FileWitness.open(path());
      expect(await again.list("run-1")).toEqual([first, second]);
      await again.close();
    }
  });

  it("sees what somebody else appends", async () => {
    await using writer = await FileWitness.open(path());
    await using reader = await FileWitness.open(path());
    await writer.submit(newHead({}));
    expect(await reader.list("run-1")).toEqual([newHead({})]);
  });

  it("passes over what is no head, and says where", async () => {
    const warned: unknown[] = [];
    const note = (event: string, fields: unknown) => warned.push([event, fields]);
    const logger: Logger = { debug: note, info: note, warn: note, error: note };
    await appendFile(path(), 'nonsense\n{"run_id":"run-1"}\n');
    await using witness = await FileWitness.open(path(), { logger });
    await witness.submit(newHead({}));
    expect(await witness.list("run-1")).toEqual([newHead({})]);
    expect(warned).toEqual([
      ["witness_file.line_unreadable", { line: 1 }],
      ["witness_file.line_unreadable", { line: 2 }],
    ]);
  });

  it("can be opened for reading alone, where it is", async () => {
    await expect(FileWitness.open(path(), { readOnly: true })).rejects.toThrow(/ENOENT/);
    const writer = await FileWitness.open(path());
    await writer.submit(newHead({}));
    await writer.close();
    await using reader = await FileWitness.open(path(), { readOnly: true });
    expect(await reader.list("run-1")).toEqual([newHead({})]);
    await expect(reader.submit(newHead({ seq: 2 }))).rejects.toThrow(/opened for reading/);
  });

  it("is closed twice without harm, and after what is under way", async () => {
    const witness = await FileWitness.open(path());
    const submitted = witness.submit(newHead({}));
    await Promise.all([witness.close(), witness.close()]);
    await submitted;
    expect(await lines()).toHaveLength(2);
  });
});
