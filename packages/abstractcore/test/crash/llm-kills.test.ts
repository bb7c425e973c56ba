import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Runtime } from "@abstractruntime/core";
import { FileStore } from "@abstractruntime/storage-fs";
import { describe, expect, it } from "vitest";
import { chunk, events, frame, ModelServer, type Answer } from "../llm/model-server.ts";
import { freshFolder } from "./fresh-folder.ts";
import { llmCalls } from "./llm-calls.ts";
import { startProcess } from "./process.ts";

const answers = (text: string): Answer => events(chunk({ content: text }), chunk({}, "stop"));

describe("a process that is killed while a model answers", () => {
  it("makes the call again, under the same key, and no call that was answered", async () => {
    const isHalf = Promise.withResolvers<void>();
    const half: Answer = (response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(frame(chunk({ content: "half an ans" })), () => isHalf.resolve());
    };
    await using server = await ModelServer.start(
      answers("one"),
      half,
      answers("two"),
      answers("three"),
    );
    const job = { folder: await freshFolder(), baseUrl: server.url };
    const first = startProcess("llm-process.ts", job);
    await isHalf.promise;
    await first.kill();
    expect(first.lines).toEqual([]);

    const second = startProcess("llm-process.ts", job);
    expect(await second.said("output")).toBe('output ["one","two","three"]');
    expect(await second.ended()).toBe(0);

    const keys = server.requests.map(({ headers }) => headers["idempotency-key"]);
    expect(keys).toHaveLength(4);
    expect(keys[2]).toBe(keys[1]);
    expect(new Set(keys).size).toBe(3);

    await using runtime = new Runtime({
      store: await FileStore.open(job.folder),
      workflows: [llmCalls],
    });
    const kinds = (await runtime.getLedger("calls")).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === "completed")).toHaveLength(3);
    expect(kinds.filter((kind) => kind === "interrupted")).toHaveLength(1);
    const { vars } = await runtime.getState("calls");
    expect(vars["_limits"]).toMatchObject({ current_iteration: 3 });
  });

  it("leaves neither the key nor half an answer on the disk", async () => {
    const isHalf = Promise.withResolvers<void>();
    await using server = await ModelServer.start((response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(frame(chunk({ content: "half an ans" })), () => isHalf.resolve());
    });
    const job = { folder: await freshFolder(), baseUrl: server.url };
    const process = startProcess("llm-process.ts", job);
    await isHalf.promise;
    await process.kill();
    const entries = await readdir(job.folder, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    expect(files.length).toBeGreaterThan(0);
    for (const { parentPath, name } of files) {
      const text = await readFile(join(parentPath, name), "utf8");
      expect(text).not.toMatch(/half an ans|sk-a-key/);
    }
  });
});
