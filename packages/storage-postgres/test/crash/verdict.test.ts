import { complete, defineWorkflow, MemoryStore, Runtime } from "@abstractruntime/core";
import { describe, expect, it } from "vitest";
import { EvidenceWriter, EvidenceReader } from "./evidence.ts";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { effects } from "./effects.ts";
import type { Line } from "./job.ts";
import { judge, type Testimony } from "./verdict.ts";

/** Sends one mail, which may happen once only. */
const mail = defineWorkflow({
  id: "mail",
  entry: "send",
  nodes: {
    send: () => effects.sendMail({ item: 1 }, { next: "end" }),
    end: () => complete(null),
  },
});

/** The faults of one run that went well, of which somebody says something else. */
async function faultsOf(change: (testimony: Testimony) => Testimony): Promise<readonly string[]> {
  const store = new MemoryStore();
  const lines: Line[] = [];
  const runtime = new Runtime({
    store,
    effects: [effects.sendMail],
    context: (line: Line) => lines.push(line),
  });
  await runtime.start(mail, { id: "one" });
  const { faults } = await judge(store, change({ runIds: ["one"], accepted: [], lines }));
  await runtime.close();
  return faults;
}

describe("the verdict on a campaign", () => {
  it("finds no fault with what went well", async () => {
    expect(await faultsOf((testimony) => testimony)).toEqual([]);
  });

  it("finds a run that is lost", async () => {
    const faults = await faultsOf((told) => ({ ...told, runIds: ["one", "two"] }));
    expect(faults).toEqual(["two is lost"]);
  });

  it("finds an effect that was performed twice", async () => {
    const faults = await faultsOf((told) => ({ ...told, lines: [...told.lines, ...told.lines] }));
    expect(faults.join()).toMatch(/performed one attempt twice.*may happen once/);
  });

  it("finds an acknowledged commit that is lost", async () => {
    const line: Line = { kind: "committed", runId: "one", revision: 2, commitId: "another" };
    const faults = await faultsOf((told) => ({ ...told, lines: [...told.lines, line] }));
    expect(faults).toEqual(["one: acknowledged commit another is lost"]);
  });

  it("finds an accepted message that is lost", async () => {
    const accepted = [{ runId: "one", messageId: "answer" }];
    const faults = await faultsOf((told) => ({ ...told, accepted }));
    expect(faults).toEqual(["one has message answer 0 times"]);
  });
});

describe("evidence", () => {
  it("is read on from where it was, also when a line was there in part", async () => {
    const dir = await mkdtemp(join(tmpdir(), "evidence-"));
    const path = join(dir, "lines");
    const reader = new EvidenceReader(path);
    expect(reader.read()).toEqual([]);
    const writer = new EvidenceWriter(path);
    const texts = ["a", "b", "c"];
    for (const [index, text] of texts.entries()) {
      writer.add({ kind: "fault", text });
      expect(reader.read().length).toBe(index + 1);
    }
    await rm(dir, { recursive: true });
  });
});
